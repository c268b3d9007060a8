// What happens between the gradients of the nodes and their next weights.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "netmodel/transport.hpp"
#include "trainer/replica.hpp"
#include "trainer/strategies/strategy_spec.hpp"

namespace gradwire {

class Strategy {
 public:
  virtual ~Strategy() = default;

  /// Sums one bucket of the nodes' gradients to where the next weights are made; all ranks go
  /// through the buckets of a step in the same order. `gradients`: those of the bucket; or what
  /// else is to be summed, with a strategy that leaves the total at every node. Returns where the
  /// time of the exchange went. Throws PeerLost.
  virtual Task<PhaseTimes> sum_gradients(std::size_t bucket, Buffers gradients,
                                         Transport& transport, Reducer& reducer) = 0;

  /// From the summed gradients to the weights that the node starts the next step with. Likewise.
  virtual Task<PhaseTimes> update_weights(Replica& replica, Transport& transport,
                                          Reducer& reducer) = 0;
};

/// `ranks`: of the transport; `buckets`: the gradients of each that are summed at once. A value of
/// schedules, shared by nothing.
std::unique_ptr<Strategy> make_strategy(const StrategySpec& spec, int ranks,
                                        const std::vector<std::int64_t>& buckets);

/// How many of `ranks` nodes compute gradients.
int training_nodes(const StrategySpec& spec, int ranks);

/// The place of a rank among those; none for a server that does not train.
std::optional<int> training_index(const StrategySpec& spec, Rank rank);

}  // namespace gradwire
