// The error of everything that reads or writes results.
#pragma once

#include <stdexcept>

namespace gradwire {

/// A results folder or file that cannot be used; what() is one line: which file, what is wrong, and
/// what to do.
class ResultsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The machine does not let us: a folder that cannot be written, a full disk, another run that
/// holds the folder. The results themselves are not at fault.
class StorageError : public ResultsError {
 public:
  using ResultsError::ResultsError;
};

}  // namespace gradwire
