// How the nodes of a training share the work, as a value.
#pragma once

#include <variant>

namespace gradwire {

/// One node alone.
struct SingleNode {
  friend bool operator==(const SingleNode&, const SingleNode&) = default;
};

/// Synchronous data parallelism without a server: every node ends each step with the same gradient.
struct AllReduce {
  enum class Algorithm { ring, all_to_all };
  Algorithm algorithm = Algorithm::ring;

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

}  // namespace gradwire
