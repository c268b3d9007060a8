#include "sim/calibration/machine.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <boost/version.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "trainer/nn/backend.hpp"

namespace gradwire {
namespace {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

int usable_cores() { return std::max(1U, std::thread::hardware_concurrency()); }

std::string describe_machine() {
  utsname system{};
  uname(&system);
  constexpr std::int64_t kMebibyte = 1 << 20;
  const auto memory_mib =
      std::int64_t{sysconf(_SC_PHYS_PAGES)} * std::int64_t{sysconf(_SC_PAGESIZE)} / kMebibyte;
  nlohmann::ordered_json machine;
  machine["cpu"] = processor_name();
  machine["cores"] = usable_cores();
  machine["memory_mib"] = memory_mib;
  machine["isa"] = isa_name();
  machine["kernel"] = std::string(system.sysname) + " " + system.release;
  machine["compiler"] = std::string("g++ ") + __VERSION__;
  return machine.dump();
}

}  // namespace gradwire
