#include "sim/scenario/scenario.hpp"

#include "netmodel/check.hpp"

namespace gradwire {

const Scenario::Host& Scenario::Network::host_of(int rank) const {
  CHECK(rank >= 0 && rank < nodes, "rank={} nodes={}", rank, nodes);
  return hosts.empty() ? host : hosts.at(static_cast<std::size_t>(rank));
}

double Scenario::Nodes::speed_of(int rank) const {
  CHECK(rank >= 0, "rank={}", rank);
  if (const auto* list = std::get_if<std::vector<double>>(&speed)) {
    return list->at(static_cast<std::size_t>(rank));
  }
  return std::get<double>(speed);
}

int Scenario::training_nodes() const {
  const auto* server = std::get_if<ParameterServer>(&strategy);
  const bool rank_zero_only_serves = server != nullptr && server->server == Server::dedicated;
  return rank_zero_only_serves ? network.nodes - 1 : network.nodes;
}

std::int64_t Scenario::global_batch() const {
  if (const auto* global = std::get_if<GlobalBatch>(&training.batch)) return global->samples;
  const std::int64_t samples = std::get<PerNodeBatch>(training.batch).samples;
  return partition.is_by_features() ? samples : samples * training_nodes();
}

}  // namespace gradwire
