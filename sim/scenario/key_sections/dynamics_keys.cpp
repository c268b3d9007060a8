#include "sim/scenario/key_sections/limits.hpp"
#include "sim/scenario/key_sections/sections.hpp"

namespace gradwire {

void add_dynamics_keys(std::vector<Key>& keys) {
  constexpr DurationType kRunTime = {std::chrono::nanoseconds(0), std::chrono::hours(10'000)};
  keys.push_back({.name = "network.events",
                  .type = EventListType{{kBandwidth, kDelay, {0.5}}, kRunTime},
                  .help = "What happens to links and hosts during the training; see \"Events\"."});
  keys.push_back({.name = "network.traces",
                  .type = TraceListType{kRunTime},
                  .help = "Files that the rates of links follow; see \"Bandwidth traces\"."});
  keys.push_back({.name = "network.background",
                  .type = BackgroundListType{kBandwidth, kRunTime, kWeight},
                  .help = "Traffic that is not the training's; see \"Background traffic\"."});
}

}  // namespace gradwire
