// How the nodes of a training share the work, as a value.
#pragma once

#include <optional>
#include <variant>

#include "trainer/collectives/collectives.hpp"

namespace gradwire {

/// One node alone.
struct SingleNode {
  friend bool operator==(const SingleNode&, const SingleNode&) = default;
};

/// Synchronous data parallelism without a server: every node ends each step with the same gradient.
struct AllReduce {
  enum class Algorithm { ring, all_to_all };
  Algorithm algorithm = Algorithm::ring;
  /// Of a ring: its chunks are cut; none: they are sent whole.
  std::optional<Segmentation> segments{};

  friend bool operator==(const AllReduce&, const AllReduce&) = default;
};

/// Synchronous data parallelism with one server at rank 0: it sums the gradients, updates the
/// weights and sends them to all.
struct ParameterServer {
  /// The server does not train itself.
  bool dedicated = false;

  friend bool operator==(const ParameterServer&, const ParameterServer&) = default;
};

using StrategySpec = std::variant<SingleNode, AllReduce, ParameterServer>;

/// Whether several sums of one node may be under way at a time.
bool has_segments(const StrategySpec& spec);

}  // namespace gradwire
