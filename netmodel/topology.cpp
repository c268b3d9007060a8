#include "netmodel/topology.hpp"

#include <fmt/core.h>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

class Star final : public Topology {
 public:
  explicit Star(const std::vector<StarCable>& cables) : hosts_(static_cast<int>(cables.size())) {
    const auto add = [this](const StarCable& cable, std::string name) {
      links_.push_back(link_of(cable, std::move(name)));
    };
    for (int host = 0; host < hosts_; ++host) {
      add(cables[static_cast<std::size_t>(host)], fmt::format("host{}-switch", host));
    }
    for (int host = 0; host < hosts_; ++host) {
      add(cables[static_cast<std::size_t>(host)], fmt::format("switch-host{}", host));
    }
  }

  int hosts() const override { return hosts_; }
  std::span<const Link> links() const override { return links_; }

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

Link link_of(const Cable& cable, std::string name) {
  return {std::move(name), cable.rate,  cable.latency, cable.jitter,
          cable.loss,      cable.queue, cable.burst,   cable.jitter_shape};
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
