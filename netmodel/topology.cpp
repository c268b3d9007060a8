#include "netmodel/topology.hpp"

#include <fmt/core.h>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

class Star final : public Topology {
 public:
  explicit Star(const std::vector<StarCable>& cables) : hosts_(static_cast<int>(cables.size())) {
    links_.reserve(2 * cables.size());
    for (int half = 0; half < 2; ++half) {
      for (const StarCable& cable : cables) links_.push_back(link_of(cable));
    }
  }

  int hosts() const override { return hosts_; }
  std::span<const Link> links() const override { return links_; }

  std::string link_name(LinkIndex link) const override {
    const auto hosts = static_cast<LinkIndex>(hosts_);
    return link < hosts ? fmt::format("host{}-switch", link)
                        : fmt::format("switch-host{}", link - hosts);
  }

  Route route(Rank from, Rank to) const override {
    CHECK(from != to && from >= 0 && to >= 0 && from < hosts_ && to < hosts_, "{} to {} of {}",
          from, to, hosts_);
    return {static_cast<LinkIndex>(from), static_cast<LinkIndex>(hosts_ + to)};
  }

 private:
  int hosts_;
  std::vector<Link> links_;  // the uplinks by host, then the downlinks by host
};

}  // namespace

Link link_of(const Cable& cable) {
  return {cable.rate,  cable.latency, cable.jitter,      cable.loss,
          cable.queue, cable.burst,   cable.jitter_shape};
}

std::shared_ptr<const Topology> make_star(const std::vector<StarCable>& cables) {
  return std::make_shared<Star>(cables);
}

Duration latency_of(const Topology& topology, const Route& route) {
  Duration sum{};
  for (const LinkIndex link : route) sum += topology.links()[link].latency;
  return sum;
}

Duration jitter_of(const Topology& topology, const Route& route) {
  Duration sum{};
  for (const LinkIndex link : route) sum += topology.links()[link].jitter;
  return sum;
}

double loss_of(const Topology& topology, const Route& route) {
  double kept = 1.0;
  for (const LinkIndex link : route) kept *= 1.0 - topology.links()[link].loss;
  return 1.0 - kept;
}

}  // namespace gradwire
