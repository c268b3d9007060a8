// What happens between the gradients of the nodes and their next weights.
#pragma once

#include <memory>
#include <optional>

#include "netmodel/transport.hpp"
#include "trainer/replica.hpp"
#include "trainer/strategies/strategy_spec.hpp"

namespace gradwire {

class Strategy {
 public:
  virtual ~Strategy() = default;

  /// From the gradients of this node's samples to the weights that it starts the next step with.
  /// Returns where the time of the exchange went. Throws PeerLost.
  virtual Task<PhaseTimes> finish_step(Replica& replica, Transport& transport,
                                       Reducer& reducer) = 0;
};

/// `ranks`: of the transport; a value of schedules, shared by nothing.
std::unique_ptr<Strategy> make_strategy(const StrategySpec& spec, int ranks,
                                        std::int64_t parameters);

/// How many of `ranks` nodes compute gradients.
int training_nodes(const StrategySpec& spec, int ranks);

/// The place of a rank among those; none for a server that does not train.
std::optional<int> training_index(const StrategySpec& spec, Rank rank);

}  // namespace gradwire
