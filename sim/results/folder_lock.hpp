// The lock that lets one process at a time run into a results folder.
#pragma once

#include <filesystem>

namespace gradwire {

/// Holds folder/.lock until it is destroyed or the process ends, however it ends. The empty file
/// stays: removing it would let two processes lock two different files.
class FolderLock {
 public:
  /// Throws StorageError if another process (or another FolderLock of this one) holds the lock,
  /// naming it, or if the lock file cannot be made.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();

  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_;
};

}  // namespace gradwire
