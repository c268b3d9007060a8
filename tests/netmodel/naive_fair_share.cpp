#include "tests/netmodel/naive_fair_share.hpp"

#include <algorithm>
#include <optional>

namespace gradwire {
namespace {

// A resource that one flow uses alone is a cap of that flow.
class WholeNumbers {
 public:
  explicit WholeNumbers(const Problem& problem) : problem_(problem), rates_(problem.flows.size()) {}

  std::vector<MicroRate> solve() {
    for (;;) {
      std::vector<MicroRate> shares;
      MicroRate smallest = kNoCap;
      for (ResourceId r = 0; r < problem_.capacities.size(); ++r) {
        shares.push_back(share_of(r));
        smallest = std::min(smallest, shares.back());
      }
      if (fix_a_capped(smallest)) continue;
      if (smallest == kNoCap) break;
      for (std::size_t f = 0; f < rates_.size(); ++f) {
        if (rates_[f]) continue;
        for (const ResourceId r : problem_.flows[f].route) {
          if (shares[r] == smallest) rates_[f] = smallest * problem_.flows[f].weight;
        }
      }
    }
    std::vector<MicroRate> rates;
    for (const auto& rate : rates_) rates.push_back(rate.value());
    return rates;
  }

 private:
  // What each flow that has no rate yet could have of a resource for each of its weights; kNoCap if
  // there is none.
  MicroRate share_of(ResourceId resource) const {
    MicroRate left = problem_.capacities[resource];
    MicroRate unfixed = 0;
    for (std::size_t f = 0; f < rates_.size(); ++f) {
      if (std::ranges::count(problem_.flows[f].route, resource) == 0) continue;
      rates_[f] ? left -= *rates_[f] : unfixed += problem_.flows[f].weight;
    }
    return unfixed == 0 || is_used_alone(resource) ? kNoCap : left / unfixed;
  }
  bool is_used_alone(ResourceId resource) const {
    return std::ranges::count_if(problem_.flows, [resource](const PlainFlow& flow) {
             return std::ranges::count(flow.route, resource) > 0;
           }) == 1;
  }
  MicroRate limit_of(const PlainFlow& flow) const {
    MicroRate limit = flow.cap;
    for (const ResourceId r : flow.route) {
      if (is_used_alone(r)) limit = std::min(limit, problem_.capacities[r]);
    }
    return limit == kNoCap ? limit : limit / flow.weight * flow.weight;
  }
  bool fix_a_capped(MicroRate share) {
    for (std::size_t f = 0; f < rates_.size(); ++f) {
      const MicroRate limit = limit_of(problem_.flows[f]);
      if (rates_[f] || limit == kNoCap) continue;
      if (share < kNoCap && limit > share * problem_.flows[f].weight) continue;
      rates_[f] = limit;
      return true;
    }
    return false;
  }

  const Problem& problem_;
  std::vector<std::optional<MicroRate>> rates_;
};

}  // namespace

std::vector<MicroRate> naive_rates(const Problem& problem) { return WholeNumbers(problem).solve(); }

}  // namespace gradwire
