#include "trainer/strategies/strategy.hpp"

#include <numeric>
#include <utility>

#include "netmodel/check.hpp"
#include "trainer/collectives/collectives.hpp"

namespace gradwire {
namespace {

class SingleNodeStrategy final : public Strategy {
 public:
  Task<PhaseTimes> sum_gradients(std::size_t /*bucket*/, Buffers /*gradients*/,
                                 Transport& /*transport*/, Reducer& /*reducer*/) override {
    co_return PhaseTimes{};
  }

  Task<PhaseTimes> update_weights(Replica& replica, Transport& /*transport*/,
                                  Reducer& /*reducer*/) override {
    co_await replica.update();
    co_return PhaseTimes{};
  }
};

class AllReduceStrategy final : public Strategy {
 public:
  explicit AllReduceStrategy(std::vector<SegmentedSchedule> sums) : sums_(std::move(sums)) {}

  Task<PhaseTimes> sum_gradients(std::size_t bucket, Buffers gradients, Transport& transport,
                                 Reducer& reducer) override {
    return transport.execute_segments(sums_.at(bucket), gradients, reducer);
  }

  Task<PhaseTimes> update_weights(Replica& replica, Transport& /*transport*/,
                                  Reducer& /*reducer*/) override {
    co_await replica.update();
    co_return PhaseTimes{};
  }

 private:
  std::vector<SegmentedSchedule> sums_;
};

class ParameterServerStrategy final : public Strategy {
 public:
  ParameterServerStrategy(std::vector<SchedulePtr> pushes, SchedulePtr pull)
      : pushes_(std::move(pushes)), pull_(std::move(pull)) {}

  Task<PhaseTimes> sum_gradients(std::size_t bucket, Buffers gradients, Transport& transport,
                                 Reducer& reducer) override {
    return transport.execute(*pushes_.at(bucket), gradients, reducer);
  }

  Task<PhaseTimes> update_weights(Replica& replica, Transport& transport,
                                  Reducer& reducer) override {
    if (transport.rank() == 0) co_await replica.update();
    co_return co_await transport.execute(*pull_, replica.parameters(), reducer);
  }

 private:
  std::vector<SchedulePtr> pushes_;
  SchedulePtr pull_;
};

// A schedule for each bucket.
template <typename Make>
auto for_each_bucket(const std::vector<std::int64_t>& buckets, Make make) {
  std::vector<decltype(make(0))> schedules;
  schedules.reserve(buckets.size());
  for (const std::int64_t elements : buckets) schedules.push_back(make(elements));
  return schedules;
}

SegmentedSchedule sum_over(int ranks, std::int64_t elements, const AllReduce& spec) {
  if (spec.segments) return segmented_ring_all_reduce(ranks, elements, *spec.segments);
  const bool is_ring = spec.algorithm == AllReduce::Algorithm::ring;
  return {{is_ring ? ring_all_reduce(ranks, elements) : all_to_all_all_reduce(ranks, elements)}};
}

}  // namespace

std::unique_ptr<Strategy> make_strategy(const StrategySpec& spec, int ranks,
                                        const std::vector<std::int64_t>& buckets) {
  if (std::holds_alternative<SingleNode>(spec)) {
    CHECK(ranks == 1, "one node alone, but {} ranks", ranks);
    return std::make_unique<SingleNodeStrategy>();
  }
  if (const auto* all_reduce = std::get_if<AllReduce>(&spec)) {
    return std::make_unique<AllReduceStrategy>(for_each_bucket(
        buckets, [&](std::int64_t elements) { return sum_over(ranks, elements, *all_reduce); }));
  }
  const std::int64_t parameters = std::accumulate(buckets.begin(), buckets.end(), std::int64_t{0});
  return std::make_unique<ParameterServerStrategy>(
      for_each_bucket(buckets, [ranks](std::int64_t each) { return gather_sum(ranks, each); }),
      broadcast(ranks, parameters));
}

bool has_segments(const StrategySpec& spec) {
  const auto* all_reduce = std::get_if<AllReduce>(&spec);
  return all_reduce != nullptr && all_reduce->segments.has_value();
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
