// A topology whose links are not what they were.
#pragma once

#include <memory>
#include <vector>

#include "netmodel/dynamics/link_change.hpp"
#include "netmodel/topology.hpp"

namespace gradwire {

/// The links change; the routes stay those of the topology that it began as.
class ChangingTopology final : public Topology {
 public:
  explicit ChangingTopology(std::shared_ptr<const Topology> origin)
      : origin_(std::move(origin)), links_(origin_->links().begin(), origin_->links().end()) {}

  int hosts() const override { return origin_->hosts(); }
  std::span<const Link> links() const override { return links_; }
  std::string link_name(LinkIndex link) const override { return origin_->link_name(link); }
  Route route(Rank from, Rank to) const override { return origin_->route(from, to); }

  /// A link that carries nothing for now keeps its rate.
  void change(LinkIndex index, const LinkChange& change) {
    Link& link = links_[index];
    if (change.rate && change.rate->count > 0) link.rate = *change.rate;
    if (change.latency) link.latency = *change.latency;
    if (change.jitter) link.jitter = *change.jitter;
    if (change.loss) link.loss = *change.loss;
  }

 private:
  std::shared_ptr<const Topology> origin_;
  std::vector<Link> links_;
};

}  // namespace gradwire
