// Whose samples are whose, when every training node has its own; or whose features of all samples.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "netmodel/random_streams.hpp"

namespace gradwire {

enum class PartitionKind {
  shuffle,    ///< any sample may be anybody's
  block,      ///< contiguous blocks, in the order of the data
  labels,     ///< so many labels a node; a label's samples are shared by the nodes that have it
  dirichlet,  ///< each label is shared in proportions drawn from a Dirichlet distribution
  features,   ///< every node has all samples, and of each of them its own features
};

/// "shuffle", "block", "labels", "dirichlet", "features".
std::string to_string(PartitionKind kind);

struct PartitionSpec {
  PartitionKind kind = PartitionKind::shuffle;
  int labels_per_node = 0;  ///< of labels
  double alpha = 0.0;       ///< of dirichlet: small, and a label has few nodes
  /// Relative share of each training node; none: equal shares. With labels and dirichlet the share
  /// of each label's samples that the node has or draws is weighted with it.
  std::vector<double> shares{};
  bool redrawn = true;  ///< for every pass; else drawn once and kept

  /// Every node takes every sample of a step, and is given some of its features.
  bool is_by_features() const { return kind == PartitionKind::features; }

  /// Every pass is shuffled, and every step shared alike or given to all: no node has samples of
  /// its own.
  bool is_common() const {
    return is_by_features() || (kind == PartitionKind::shuffle && shares.empty() && redrawn);
  }

  friend bool operator==(const PartitionSpec&, const PartitionSpec&) = default;
};

/// Whether it can only be drawn when the labels are known.
bool needs_labels(const PartitionSpec& spec);

/// Everything in it: equal only for equal partitions.
std::string identity(const PartitionSpec& spec);

/// What is shared.
struct PartitionedData {
  std::int64_t samples = 0;
  int classes = 0;
  std::span<const std::uint8_t> labels{};  ///< one a sample; only labels and dirichlet need them
};

/// Indices into the data by node: all samples, each at one node; not by features. A node has at
/// least one sample if there are as many samples as nodes. Drawn from the stream "partition" of
/// `draw` alone: every node and every mode gets the same.
///
/// labels: the labels are dealt in turn from a shuffled stack, so that each is dealt about as often
/// as any other (at least once: nodes x labels_per_node is at least the labels that occur), and
/// none twice to a node; as in Li, Diao, Chen, He, "Federated learning on non-IID data silos: an
/// experimental study", ICDE 2022, whose partition "#C = k" this is.
///
/// dirichlet: Hsu, Qi, Brown, "Measuring the effects of non-identical data distribution for
/// federated visual classification", arXiv:1909.06335, with the proportions drawn for each label,
/// as in Li et al.
std::vector<std::vector<std::int64_t>> draw_partition(const PartitionSpec& spec, int nodes,
                                                      const PartitionedData& data,
                                                      const RandomStreams& streams,
                                                      std::uint64_t draw);

}  // namespace gradwire
