// MpiTransport under the contract of all transports. Every rank lives in this one process of MPI,
// which sends to itself; tests/sim/cli/test_mpi.py runs it between processes.
#include <boost/asio/io_context.hpp>

#include "netmodel/transports/mpi_transport.hpp"
#include "tests/netmodel/transport_contract.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;

// MPI can be started only once in a process.
MpiSession& session() {
  static const std::unique_ptr<MpiSession> session = MpiSession::start();
  return *session;
}

class MpiWorld final : public RealTimeWorld {
 public:
  explicit MpiWorld(int size) {
    for (Rank rank = 0; rank < size; ++rank) {
      MpiOptions options;
      options.rank = rank;
      options.size = size;
      options.process_of = [](Rank) { return session().rank(); };
      transports_.push_back(
          session().make_transport(context_.get_executor(), clock_, std::move(options)));
    }
  }
  ~MpiWorld() override { abandon(transports_); }

  Transport& at(Rank rank) override { return *transports_[static_cast<std::size_t>(rank)]; }
  void crash(Rank rank) override { transports_[static_cast<std::size_t>(rank)]->abort(); }

 private:
  std::vector<std::unique_ptr<GroupTransport>> transports_;
};

std::unique_ptr<TransportWorld> make(std::shared_ptr<const Topology> topology) {
  return std::make_unique<MpiWorld>(topology->hosts());
}

INSTANTIATE_TEST_SUITE_P(Mpi, EveryTransport,
                         testing::Combine(testing::Values(WorldKind{"mpi", make}),
                                          testing::Range(1, 10)),
                         contract_name);

TEST(MpiTransport, RefusesMoreRanksThanMpiHasTagsFor) {
  SteadyClock clock;
  asio::io_context context;
  MpiOptions options;
  options.size = 40'000;  // 2 channels x 2 parts x 40 000^2 pairs are 6.4e9; MPI counts by int
  EXPECT_THROW(session().make_transport(context.get_executor(), clock, options), MpiError);
}

}  // namespace
}  // namespace gradwire
