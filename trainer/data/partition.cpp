#include "trainer/data/partition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/gamma_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <numeric>
#include <utility>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

using Indices = std::vector<std::int64_t>;

template <typename T>
void shuffle(std::vector<T>& values, RandomEngine& engine) {
  for (std::size_t last = values.size(); last > 1; --last) {
    boost::random::uniform_int_distribution<std::size_t> choice(0, last - 1);
    std::swap(values[last - 1], values[choice(engine)]);
  }
}

// Where the part of each weight ends, of `count` things: rounded, so that all of them are shared
// out. No weight at all counts as equal weights.
Indices ends_of(const std::vector<double>& weights, std::int64_t count) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  Indices ends;
  double sum = 0.0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    sum += weights[i];
    const double share = total > 0.0
                             ? sum / total
                             : static_cast<double>(i + 1) / static_cast<double>(weights.size());
    const auto end = std::llround(share * static_cast<double>(count));
    ends.push_back(std::clamp<std::int64_t>(end, ends.empty() ? 0 : ends.back(), count));
  }
  ends.back() = count;
  return ends;
}

// Gives the samples to the nodes in this order, in proportion to the weights.
void give(const Indices& samples, const std::vector<double>& weights,
          const std::vector<std::size_t>& nodes, std::vector<Indices>& parts) {
  const Indices ends = ends_of(weights, static_cast<std::int64_t>(samples.size()));
  auto begin = samples.begin();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto end = samples.begin() + ends[i];
    parts[nodes[i]].insert(parts[nodes[i]].end(), begin, end);
    begin = end;
  }
}

// The samples of each label, shuffled.
std::vector<Indices> by_label(const PartitionedData& data, RandomEngine& engine) {
  CHECK(static_cast<std::int64_t>(data.labels.size()) == data.samples, "{} labels of {} samples",
        data.labels.size(), data.samples);
  std::vector<Indices> samples(static_cast<std::size_t>(data.classes));
  for (std::size_t i = 0; i < data.labels.size(); ++i) {
    samples.at(data.labels[i]).push_back(static_cast<std::int64_t>(i));
  }
  std::erase_if(samples, [](const Indices& label) { return label.empty(); });
  for (Indices& label : samples) shuffle(label, engine);
  return samples;
}

// For each label, the nodes that have it.
std::vector<std::vector<std::size_t>> deal_labels(std::size_t labels, std::size_t nodes,
                                                  std::size_t per_node, RandomEngine& engine) {
  per_node = std::min(per_node, labels);
  CHECK(nodes * per_node >= labels, "{} nodes with {} labels each of {}", nodes, per_node, labels);
  std::vector<std::vector<std::size_t>> owners(labels);
  std::vector<std::size_t> stack;
  std::vector<std::size_t> order(nodes);
  std::iota(order.begin(), order.end(), 0);
  shuffle(order, engine);
  for (const std::size_t node : order) {
    std::vector<std::size_t> hand;
    while (hand.size() < per_node) {
      if (stack.empty()) {
        stack.resize(labels);
        std::iota(stack.begin(), stack.end(), 0);
        shuffle(stack, engine);
      }
      // The topmost label that the node does not have; a new stack has one, since a node's hand is
      // smaller than a stack.
      const auto top = std::find_if(stack.rbegin(), stack.rend(), [&hand](std::size_t label) {
        return std::ranges::find(hand, label) == hand.end();
      });
      if (top == stack.rend()) {
        std::vector<std::size_t> more(labels);
        std::iota(more.begin(), more.end(), 0);
        shuffle(more, engine);
        stack.insert(stack.begin(), more.begin(), more.end());
        continue;
      }
      hand.push_back(*top);
      stack.erase(std::next(top).base());
    }
    for (const std::size_t label : hand) owners[label].push_back(node);
  }
  return owners;
}

// A node without samples takes one from the node that has most.
void leave_nobody_empty(std::vector<Indices>& parts) {
  for (Indices& part : parts) {
    if (!part.empty()) continue;
    Indices& largest = *std::ranges::max_element(parts, {}, &Indices::size);
    if (largest.size() < 2) return;
    part.push_back(largest.back());
    largest.pop_back();
  }
}

}  // namespace

std::string to_string(PartitionKind kind) {
  switch (kind) {
    case PartitionKind::shuffle:
      return "shuffle";
    case PartitionKind::block:
      return "block";
    case PartitionKind::labels:
      return "labels";
    case PartitionKind::dirichlet:
      return "dirichlet";
    case PartitionKind::features:
      return "features";
  }
  CHECK(false, "partition {}", static_cast<int>(kind));
}

bool needs_labels(const PartitionSpec& spec) {
  return spec.kind == PartitionKind::labels || spec.kind == PartitionKind::dirichlet;
}

std::string identity(const PartitionSpec& spec) {
  std::string text = fmt::format("{} {} {} {}", to_string(spec.kind), spec.labels_per_node,
                                 spec.alpha, spec.redrawn ? "redrawn" : "kept");
  for (const double share : spec.shares) text += fmt::format(" {}", share);
  return text;
}

std::vector<std::vector<std::int64_t>> draw_partition(const PartitionSpec& spec, int nodes,
                                                      const PartitionedData& data,
                                                      const RandomStreams& streams,
                                                      std::uint64_t draw) {
  CHECK(nodes >= 1, "{} nodes", nodes);
  const auto count = static_cast<std::size_t>(nodes);
  CHECK(spec.shares.empty() || spec.shares.size() == count, "{} shares for {} nodes",
        spec.shares.size(), count);
  const std::vector<double> shares =
      spec.shares.empty() ? std::vector<double>(count, 1.0) : spec.shares;
  RandomEngine engine = streams.stream("partition", draw);
  std::vector<Indices> parts(count);
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  switch (spec.kind) {
    case PartitionKind::shuffle:
    case PartitionKind::block: {
      Indices all(static_cast<std::size_t>(data.samples));
      std::iota(all.begin(), all.end(), 0);
      if (spec.kind == PartitionKind::shuffle) shuffle(all, engine);
      // Which block is whose: by rank, unless it changes from pass to pass.
      if (spec.kind == PartitionKind::block && spec.redrawn) shuffle(order, engine);
      std::vector<double> weights;
      weights.reserve(order.size());
      for (const std::size_t node : order) weights.push_back(shares[node]);
      give(all, weights, order, parts);
      break;
    }
    case PartitionKind::labels: {
      const std::vector<Indices> labels = by_label(data, engine);
      const auto owners =
          deal_labels(labels.size(), count, static_cast<std::size_t>(spec.labels_per_node), engine);
      for (std::size_t label = 0; label < labels.size(); ++label) {
        std::vector<double> weights;
        weights.reserve(owners[label].size());
        for (const std::size_t node : owners[label]) weights.push_back(shares[node]);
        give(labels[label], weights, owners[label], parts);
      }
      break;
    }
    case PartitionKind::dirichlet: {
      boost::random::gamma_distribution<double> gamma(spec.alpha, 1.0);
      for (const Indices& label : by_label(data, engine)) {
        // Independent gamma variables, divided by their sum, are Dirichlet distributed (Devroye,
        // "Non-uniform random variate generation", 1986, chapter 11, theorem 4.1).
        std::vector<double> weights;
        weights.reserve(shares.size());
        for (const double share : shares) weights.push_back(share * gamma(engine));
        give(label, weights, order, parts);
      }
      break;
    }
    case PartitionKind::features:
      CHECK(false, "features of samples that nobody shares out");
  }
  leave_nobody_empty(parts);
  return parts;
}

}  // namespace gradwire
