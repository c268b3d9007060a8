// Peak resident memory of this process, as Linux counts it.
#pragma once

#include "netmodel/units.hpp"

namespace gradwire {

/// Starts a new peak (VmHWM, proc(5)) when it is made.
class PeakMemory {
 public:
  /// Throws std::runtime_error where /proc/self/clear_refs cannot be written.
  PeakMemory();

  Bytes peak() const;
  /// The peak over what was resident when this object was made.
  Bytes growth() const { return peak() - before_; }

 private:
  Bytes before_;
};

}  // namespace gradwire
