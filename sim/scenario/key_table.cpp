#include "sim/scenario/key_sections/sections.hpp"

namespace gradwire {
namespace {

void add_head(std::vector<Key>& keys) {
  keys.push_back({.name = "gradwire",
                  .type = IntegerType{1, 1},
                  .help = "Version of the scenario format.",
                  .required = true,
                  .sweepable = false});
  keys.push_back({.name = "name",
                  .type = NameType{},
                  .help = "Names the scenario in results and figures.",
                  .required = true,
                  .sweepable = false});
  keys.push_back({.name = "about",
                  .type = TextType{},
                  .help = "What the scenario is for.",
                  .sweepable = false});
}

std::vector<Key> make_key_table() {
  std::vector<Key> keys;
  add_head(keys);
  add_model_keys(keys);
  add_data_keys(keys);
  add_training_keys(keys);
  add_strategy_keys(keys);
  add_network_keys(keys);
  add_topology_keys(keys);
  add_transport_keys(keys);
  add_dynamics_keys(keys);
  add_node_keys(keys);
  add_run_keys(keys);
  return keys;
}

}  // namespace

const std::vector<Key>& key_table() {
  static const std::vector<Key> table = make_key_table();
  return table;
}

}  // namespace gradwire
