#include "bench/memory.hpp"

#include <malloc.h>

#include <fstream>
#include <stdexcept>
#include <string>

namespace gradwire {
namespace {

Bytes status_field(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return {std::stoll(line.substr(name.size() + 1)) * 1024};
  }
  throw std::runtime_error("/proc/self/status has no field " + name);
}

}  // namespace

PeakMemory::PeakMemory() {
  malloc_trim(0);
  std::ofstream clear("/proc/self/clear_refs");
  clear << "5" << std::flush;  // resets the peak to what is resident now
  if (!clear) throw std::runtime_error("/proc/self/clear_refs cannot be written");
  before_ = status_field("VmRSS");
}

Bytes PeakMemory::peak() const { return status_field("VmHWM"); }

}  // namespace gradwire
