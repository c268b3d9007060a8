// The suite that every transport has to pass, for those who instantiate it with one.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <tuple>

#include "tests/netmodel/transport_worlds.hpp"

namespace gradwire {

/// Makes joined ranks, as make_world() does.
struct WorldKind {
  std::string name;
  std::unique_ptr<TransportWorld> (*make)(std::shared_ptr<const Topology> topology);
};

/// Over a kind of transport and a number of ranks.
class EveryTransport : public testing::TestWithParam<std::tuple<WorldKind, int>> {
 protected:
  std::unique_ptr<TransportWorld> world(BitsPerSecond rate = {40'000'000'000},
                                        Duration latency = std::chrono::microseconds(20)) const {
    return std::get<0>(GetParam()).make(star_of(ranks(), rate, latency));
  }
  int ranks() const { return std::get<1>(GetParam()); }
  static void expect_no_errors(const std::vector<std::exception_ptr>& errors) {
    for (const auto& error : errors) {
      if (error) std::rethrow_exception(error);
    }
  }
};

inline std::string contract_name(const testing::TestParamInfo<EveryTransport::ParamType>& info) {
  return std::get<0>(info.param).name + std::to_string(std::get<1>(info.param));
}

}  // namespace gradwire
