// The rows of the key table, a file for each part of a scenario; key_table.cpp puts them together.
#pragma once

#include <vector>

#include "sim/scenario/keys.hpp"

namespace gradwire {

void add_model_keys(std::vector<Key>& keys);
void add_data_keys(std::vector<Key>& keys);
void add_training_keys(std::vector<Key>& keys);
void add_strategy_keys(std::vector<Key>& keys);
void add_network_keys(std::vector<Key>& keys);
void add_topology_keys(std::vector<Key>& keys);
void add_transport_keys(std::vector<Key>& keys);
void add_dynamics_keys(std::vector<Key>& keys);
void add_node_keys(std::vector<Key>& keys);
void add_run_keys(std::vector<Key>& keys);

}  // namespace gradwire
