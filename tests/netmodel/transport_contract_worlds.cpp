// The contract of transports over those that need nothing but this process.
#include "tests/netmodel/transport_contract.hpp"

namespace gradwire {
namespace {

template <const auto& kind>
std::unique_ptr<TransportWorld> make(std::shared_ptr<const Topology> topology) {
  return make_world(kind, std::move(topology));
}
constexpr char kModelled[] = "modelled";
constexpr char kTcp[] = "tcp";
constexpr char kShaped[] = "shaped";

INSTANTIATE_TEST_SUITE_P(Transports, EveryTransport,
                         testing::Combine(testing::Values(WorldKind{kModelled, make<kModelled>},
                                                          WorldKind{kTcp, make<kTcp>},
                                                          WorldKind{kShaped, make<kShaped>}),
                                          testing::Range(1, 10)),
                         contract_name);

}  // namespace
}  // namespace gradwire
