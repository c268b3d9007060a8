#include "sim/results/folder_lock.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "sim/results/results_error.hpp"

namespace gradwire {
namespace {

std::string message_of(int error) { return std::generic_category().message(error); }

// The process id that the holder of the lock wrote into it.
std::string read_holder(int file) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(file, text.data(), text.size(), 0);
  return size > 0 ? " (process " + std::string(text.data(), static_cast<std::size_t>(size)) + ")"
                  : "";
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) {
  const std::string path = (folder / ".lock").string();
  // Close-on-exec: a program that the run starts must not keep the folder locked after it.
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) throw StorageError(fmt::format("{}: cannot write: {}", path, message_of(errno)));
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const std::string holder = read_holder(file_);
    ::close(file_);
    if (error != EWOULDBLOCK) {
      throw StorageError(fmt::format("{}: cannot lock: {}", path, message_of(error)));
    }
    throw StorageError(
        fmt::format("{}: another run{} is writing here; wait until it ends, or use another --out",
                    folder.string(), holder));
  }
  const std::string holder = std::to_string(::getpid());
  if (::ftruncate(file_, 0) != 0 ||
      ::pwrite(file_, holder.data(), holder.size(), 0) != static_cast<ssize_t>(holder.size())) {
    const int error = errno;
    ::close(file_);
    throw StorageError(fmt::format("{}: cannot write: {}", path, message_of(error)));
  }
}

FolderLock::~FolderLock() {
  // Empty again while still held, so that no later message names a process that is gone.
  [[maybe_unused]] const int ignored = ::ftruncate(file_, 0);
  ::close(file_);
}

}  // namespace gradwire
