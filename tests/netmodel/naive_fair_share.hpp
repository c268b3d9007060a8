// Max-min fair rates the slow way: what the solver is compared with.
#pragma once

#include <vector>

#include "netmodel/fair_share.hpp"

namespace gradwire {

// A flow of a problem that does not know the solver.
struct PlainFlow {
  std::vector<ResourceId> route;
  MicroRate cap = kNoCap;
  std::int32_t weight = 1;
};

struct Problem {
  std::vector<MicroRate> capacities;
  std::vector<PlainFlow> flows;
};

/// Progressive filling over everything at once, one flow after another, in whole numbers: exactly
/// the rates that FairShare promises.
std::vector<MicroRate> naive_rates(const Problem& problem);

}  // namespace gradwire
