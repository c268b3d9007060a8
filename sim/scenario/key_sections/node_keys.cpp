#include <cstdint>

#include "sim/scenario/key_sections/limits.hpp"
#include "sim/scenario/key_sections/sections.hpp"
#include "trainer/device_profile.hpp"

namespace gradwire {
namespace {

std::vector<std::string_view> device_names() {
  std::vector<std::string_view> names;
  for (const DeviceProfile& device : device_profiles()) names.push_back(device.name);
  return names;
}

constexpr std::int64_t kCpusMax = 8'191;
// What Linux takes as cpu.shares.
constexpr NumberType kShares = {.min = 2, .max = 262'144};
constexpr BytesType kMemory = {{std::int64_t{16} << 20}, {std::int64_t{1} << 46}};

}  // namespace

void add_node_keys(std::vector<Key>& keys) {
  keys.push_back({.name = "nodes.cores",
                  .type = kFactor,
                  .fallback = "1",
                  .help = "CPU of each node. A worker has one thread: 0.5 halves its speed, more "
                          "than 1 does not help."});
  keys.push_back({.name = "nodes.speed",
                  .type = NodeNumbersType{kFactor},
                  .fallback = "1",
                  .help = "Speed relative to the machine that the cost of a step is for."});
  keys.push_back({.name = "nodes.host_cores",
                  .type = IntegerType{1, kHostsMax},
                  .help = "All nodes share one host with so many cores. Without it each node has "
                          "its own."});
  keys.push_back({.name = "nodes.step_time",
                  .type = kTimeSpan,
                  .help = "Time of one training step of one node at this scenario's batch and "
                          "speed 1. Without it and `flops` the calibration of this machine holds.",
                  .alternative = {"nodes.cost", 1}});
  keys.push_back({.name = "nodes.flops",
                  .type = FlopsType{},
                  .help = "Computing rate at speed 1, instead of `step_time`.",
                  .alternative = {"nodes.cost", 2}});
  keys.push_back({.name = "nodes.device",
                  .type = ChoiceType{device_names()},
                  .help = "Another machine, as a whole, instead of `step_time`: costs follow from "
                          "published figures of its peak and efficiency, which are no measurements "
                          "of ours.",
                  .alternative = {"nodes.cost", 3}});
  keys.push_back({.name = "nodes.cpus",
                  .type = IntegerListType{{0, kCpusMax}},
                  .help = "Numbers of the machine's processors that the hosts of a real network "
                          "may use. Without it all."});
  keys.push_back({.name = "nodes.shares",
                  .type = NodeNumbersType{kShares},
                  .help = "Weight of each host of a real network where they compete for "
                          "processors; 1024 is usual."});
  keys.push_back({.name = "nodes.memory",
                  .type = kMemory,
                  .help = "Memory of each host of a real network; what needs more is killed."});
}

}  // namespace gradwire
