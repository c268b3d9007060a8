#include "trainer/strategies/strategy.hpp"

#include "netmodel/check.hpp"
#include "trainer/collectives/collectives.hpp"

namespace gradwire {
namespace {

class SingleNodeStrategy final : public Strategy {
 public:
  Task<PhaseTimes> finish_step(Replica& replica, Transport& /*transport*/,
                               Reducer& /*reducer*/) override {
    co_await replica.update();
    co_return PhaseTimes{};
  }
};

class AllReduceStrategy final : public Strategy {
 public:
  explicit AllReduceStrategy(SchedulePtr schedule) : schedule_(std::move(schedule)) {}

  Task<PhaseTimes> finish_step(Replica& replica, Transport& transport, Reducer& reducer) override {
    const PhaseTimes times = co_await transport.execute(*schedule_, replica.gradients(), reducer);
    co_await replica.update();
    co_return times;
  }

 private:
  SchedulePtr schedule_;
};

class ParameterServerStrategy final : public Strategy {
 public:
  ParameterServerStrategy(int ranks, std::int64_t parameters)
      : push_(gather_sum(ranks, parameters)), pull_(broadcast(ranks, parameters)) {}

  Task<PhaseTimes> finish_step(Replica& replica, Transport& transport, Reducer& reducer) override {
    PhaseTimes times = co_await transport.execute(*push_, replica.gradients(), reducer);
    if (transport.rank() == 0) co_await replica.update();
    times += co_await transport.execute(*pull_, replica.parameters(), reducer);
    co_return times;
  }

 private:
  SchedulePtr push_;
  SchedulePtr pull_;
};

}  // namespace

std::unique_ptr<Strategy> make_strategy(const StrategySpec& spec, int ranks,
                                        std::int64_t parameters) {
  if (std::holds_alternative<SingleNode>(spec)) {
    CHECK(ranks == 1, "one node alone, but {} ranks", ranks);
    return std::make_unique<SingleNodeStrategy>();
  }
  if (const auto* all_reduce = std::get_if<AllReduce>(&spec)) {
    const bool ring = all_reduce->algorithm == AllReduce::Algorithm::ring;
    return std::make_unique<AllReduceStrategy>(ring ? ring_all_reduce(ranks, parameters)
                                                    : all_to_all_all_reduce(ranks, parameters));
  }
  return std::make_unique<ParameterServerStrategy>(ranks, parameters);
}

int training_nodes(const StrategySpec& spec, int ranks) {
  return training_index(spec, 0) ? ranks : ranks - 1;
}

std::optional<int> training_index(const StrategySpec& spec, Rank rank) {
  const auto* server = std::get_if<ParameterServer>(&spec);
  if (server == nullptr || !server->dedicated) return rank;
  if (rank == 0) return std::nullopt;
  return rank - 1;
}

}  // namespace gradwire
