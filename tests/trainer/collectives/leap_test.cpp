// Rings that the modelled network leaps over (modelled_leap.cpp), against the same rings message by
// message: after every instant in which a rank is through, all that can be asked is the same.
#include <fmt/core.h>
#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <ostream>
#include <random>
#include <utility>
#include <vector>

#include "netmodel/relative_state.hpp"
#include "netmodel/task_group.hpp"
#include "netmodel/topologies/shape.hpp"
#include "netmodel/transports/collective_members.hpp"
#include "netmodel/transports/modelled_network.hpp"
#include "tests/seeds.hpp"
#include "trainer/collectives/collectives.hpp"

namespace gradwire {
namespace {

using namespace std::chrono_literals;

// Sums at its own pace.
class PacedReducer final : public Reducer {
 public:
  explicit PacedReducer(Duration per_kilobyte) : per_kilobyte_(per_kilobyte) {}
  std::optional<Duration> duration(Bytes amount) const override {
    if (amount != Bytes{}) ++asked_;
    return amount.count * per_kilobyte_ / 1000;
  }
  void start(Bytes /*amount*/, std::function<void()> /*work*/,
             std::function<void()> /*done*/) override {
    ADD_FAILURE() << "its time is known";
  }
  std::int64_t asked() const { return asked_; }

 private:
  Duration per_kilobyte_;
  mutable std::int64_t asked_ = 0;
};

// What rings have to wait for or share their links with, for a while or from then on.
enum class Disturbance { nothing, timer, background, slower_link, cut, partition };

struct Disturbed {
  Disturbance by = Disturbance::nothing;
  Duration when{};
  Duration lasting{};
};

struct Plan {
  std::shared_ptr<const Topology> topology;
  TransportModel model;
  std::vector<SchedulePtr> schedules;
  Disturbed disturbed;
  bool is_recorded = false;
  // By rank.
  std::vector<Duration> per_kilobyte;  // of sums
  std::vector<Duration> pauses;        // before each collective
};

// The end of a collective, for one rank.
struct End {
  TimePoint when;
  PhaseTimes times;

  friend bool operator==(const End&, const End&) = default;
  friend std::ostream& operator<<(std::ostream& out, const End& end) {
    return out << end.when.time_since_epoch().count() << " ns, of which " << end.times.wait.count()
               << " ns waiting";
  }
};

// What there is to see a nanosecond later, when all is done that happens in that instant.
struct Seen {
  std::int64_t delivered;
  std::vector<std::pair<Bytes, Duration>> links;
  std::vector<SentCounters> sent;
  RelativeState state;

  friend bool operator==(const Seen&, const Seen&) = default;
};

enum class Leaps { allowed, prevented };

class Rings final : public CollectiveListener {
 public:
  Rings(const Plan& plan, Leaps leaps)
      : plan_(plan), network_(clock_, plan.topology, RandomStreams(1), plan.model) {
    for (const Duration pace : plan.per_kilobyte) reducers_.emplace_back(pace);
    ends_.resize(reducers_.size());
    if (plan.is_recorded) network_.record(&flows_);
    if (plan.disturbed.by != Disturbance::nothing) at(plan.disturbed.when, &Rings::disturb);
    // While something else is to come, there are none.
    if (leaps == Leaps::prevented) clock_.at(TimePoint(24h), {[](void*, std::uint64_t) {}});
    for (Rank rank = 0; rank < network_.size(); ++rank) pause(rank);
    boost::asio::io_context context;
    clock_.run(context);
    EXPECT_THAT(ends_, testing::Each(testing::SizeIs(plan.schedules.size()))) << network_.waiting();
  }

  const std::vector<std::vector<End>>& ends() const { return ends_; }
  std::size_t recorded() const { return flows_.flows().size(); }
  const std::vector<Seen>& seen() const { return seen_; }
  /// How often a sum was asked for its time.
  std::int64_t asked() const {
    std::int64_t asked = 0;
    for (const PacedReducer& reducer : reducers_) asked += reducer.asked();
    return asked;
  }

  void collective_over(Rank rank, const PhaseTimes& times) override {
    std::vector<End>& ends = ends_[static_cast<std::size_t>(rank)];
    ends.push_back({clock_.now(), times});
    if (std::exchange(looked_after_, clock_.now()) != clock_.now()) {
      clock_.at(clock_.now() + 1ns,
                {[](void* self, std::uint64_t) { static_cast<Rings*>(self)->look(); }, this});
    }
    if (ends.size() < plan_.schedules.size()) pause(rank);
  }
  void collective_lost(Rank rank, Rank /*peer*/) override { ADD_FAILURE() << rank; }

 private:
  void at(Duration when, void (Rings::*act)()) {
    acts_.push_back(act);
    clock_.at(TimePoint(when), {[](void* self, std::uint64_t which) {
                                  auto& rings = *static_cast<Rings*>(self);
                                  (rings.*rings.acts_[which])();
                                },
                                this, acts_.size() - 1});
  }
  void disturb() {
    switch (plan_.disturbed.by) {
      case Disturbance::nothing:
      case Disturbance::timer:
        break;
      case Disturbance::background:
        network_.start_background(0, 1, 500'000, kNoCap, {[](void*, std::uint64_t) {}});
        return;
      case Disturbance::slower_link:
        return network_.change_link(0, {.rate = BitsPerSecond{7'000'000}});
      case Disturbance::cut:
        network_.cut(0);
        break;
      case Disturbance::partition: {
        std::vector<int> group_of(static_cast<std::size_t>(network_.size()));
        group_of.back() = 1;
        network_.divide(std::move(group_of));
        break;
      }
    }
    at(plan_.disturbed.when + plan_.disturbed.lasting, &Rings::disturb_no_more);
  }
  void disturb_no_more() {
    if (plan_.disturbed.by != Disturbance::timer) network_.restore_all();
  }
  void look() {
    RelativeState state(clock_);
    network_.describe(state);
    Seen seen{network_.delivered(), {}, {}, std::move(state)};
    for (const LinkTraffic& link : network_.usage()) seen.links.emplace_back(link.bytes, link.busy);
    for (Rank rank = 0; rank < network_.size(); ++rank) {
      seen.sent.push_back(network_.endpoint(rank).sent());
    }
    seen_.push_back(std::move(seen));
  }
  void pause(Rank rank) {
    clock_.at(clock_.now() + plan_.pauses[static_cast<std::size_t>(rank)],
              {[](void* self, std::uint64_t which) {
                 static_cast<Rings*>(self)->take_part(static_cast<Rank>(which));
               },
               this, static_cast<std::uint64_t>(rank)});
  }
  void take_part(Rank rank) {
    const auto i = static_cast<std::size_t>(rank);
    network_.execute(rank, *plan_.schedules[ends_[i].size()], reducers_[i], *this);
  }

  const Plan& plan_;
  VirtualClock clock_;
  ModelledNetwork network_;
  std::deque<PacedReducer> reducers_;   // by rank
  std::vector<std::vector<End>> ends_;  // likewise
  TimePoint looked_after_ = TimePoint::min();
  std::vector<Seen> seen_;
  FlowRecorder flows_;
  std::vector<void (Rings::*)()> acts_;
};

// Hosts take turns to be at one of two switches: all messages of a ring cross what is between
// these.
GraphShape two_sides(const std::vector<Cable>& cables) {
  GraphShape shape;
  shape.switches = {"left", "right"};
  const auto ranks = static_cast<Vertex>(cables.size());
  for (Vertex rank = 0; rank < ranks; ++rank) {
    const Cable& cable = cables[static_cast<std::size_t>(rank)];
    shape.hosts.push_back(fmt::format("host{}", rank));
    shape.joints.push_back({rank, ranks + rank % 2, cable, cable});
  }
  shape.joints.push_back({ranks, ranks + 1, {{30'000'000}, 30us}, {{20'000'000}, 30us}});
  return shape;
}

// Cables of a mean rate and latency; what takes time at random, and nothing where a coin says so.
Plan draw_plan(RandomEngine& random) {
  const auto up_to = [&random](std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(random);
  };
  const int ranks = static_cast<int>(2 + up_to(up_to(1) == 0 ? 4 : 30));
  const bool are_equal = up_to(2) == 0;
  const std::int64_t latency = up_to(2) * up_to(up_to(1) == 0 ? 5'000 : 2'500'000);
  const bool has_jitter = up_to(9) == 0;
  const bool has_bursts = up_to(9) == 0;
  NetworkSpec spec;
  for (int rank = 0; rank < ranks; ++rank) {
    Cable cable{{10'000'000}, Duration(latency)};
    if (has_jitter) cable.jitter = 100us;
    if (has_bursts) cable.burst = Bytes{4'000};
    if (!are_equal) {
      cable.rate.count += up_to(4'000'000);
      cable.latency += Duration(up_to(latency));
    }
    spec.cables.push_back(cable);
  }
  const std::int64_t shape = up_to(5);
  if (shape == 0) spec.shape = two_sides(spec.cables);
  if (shape == 1) spec.shape = DumbbellShape{{9'000'000}, 30us};
  Plan plan;
  plan.topology = make_topology(spec);
  plan.model.store_and_forward = up_to(1) == 0;
  if (up_to(1) == 0) plan.model.cost_per_message = 13us;
  if (up_to(1) == 0) plan.model.cost_per_megabyte = 900ms;  // less than the rate of some links
  const Carrier carriers[] = {Carrier::fluid, Carrier::rdma, Carrier::tcp};
  plan.model.carrier = carriers[up_to(1) * up_to(2)];
  if (up_to(1) == 0) plan.model.weights.assign(static_cast<std::size_t>(ranks), 3);
  const std::int64_t elements = 1 + up_to(10'000);
  plan.schedules = {ring_all_reduce(ranks, elements),
                    ring_all_reduce(ranks, elements),
                    barrier(ranks),
                    ring_all_reduce(ranks, 2 * elements),
                    broadcast(ranks, elements),
                    ring_all_reduce(ranks, elements)};
  plan.is_recorded = up_to(9) == 0;
  plan.disturbed = {static_cast<Disturbance>(up_to(1) * up_to(5)), Duration(up_to(40'000'000)),
                    Duration(up_to(40'000'000))};
  const std::int64_t pace = up_to(1) * 100'000;
  const std::int64_t pause = up_to(1) * up_to(20'000'000);
  for (int rank = 0; rank < ranks; ++rank) {
    plan.per_kilobyte.emplace_back(pace == 0 ? 0 : up_to(pace));
    plan.pauses.emplace_back(pause == 0 ? 0 : up_to(pause));
  }
  return plan;
}

TEST(ModelledLeap, LeavesNoTraceButTheTimeThatItSaves) {
  int leaps = 0;
  for (const std::uint64_t seed : seeds(150)) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomEngine random(seed);
    const Plan plan = draw_plan(random);
    const Rings leaping(plan, Leaps::allowed);
    const Rings walking(plan, Leaps::prevented);
    ASSERT_EQ(leaping.ends(), walking.ends());
    ASSERT_EQ(leaping.recorded(), walking.recorded());
    ASSERT_EQ(leaping.seen().size(), walking.seen().size());
    for (std::size_t i = 0; i < leaping.seen().size(); ++i) {
      ASSERT_TRUE(leaping.seen()[i] == walking.seen()[i]) << "instant " << i;
    }
    if (leaping.asked() < walking.asked() * 9 / 10) ++leaps;
  }
  EXPECT_GT(leaps, 15);
}

constexpr int kRanks = 64;
const std::vector<StarCable> kEqualCables(kRanks, StarCable{{10'000'000}, 1ms});

// Every rank sums 63 times; each event asks how long that takes, a leap no more than three times.
TEST(ModelledLeap, ALargeRingIsLeaptOverAlmostWhole) {
  Plan plan;
  plan.topology = make_star(kEqualCables);
  plan.schedules = {ring_all_reduce(kRanks, 64'000)};
  plan.per_kilobyte.assign(kRanks, 100us);
  plan.pauses.assign(kRanks, 0s);
  EXPECT_EQ(Rings(plan, Leaps::prevented).asked(), kRanks * 63);
  EXPECT_LE(Rings(plan, Leaps::allowed).asked(), kRanks * 3);
}

Task<void> execute(Transport& transport, const Schedule& schedule, Reducer& reducer) {
  co_await transport.execute(schedule, Buffers{}, reducer);
}

TEST(ModelledLeap, TakesCoroutinesAlong) {
  VirtualClock clock;
  boost::asio::io_context context;
  ModelledNetwork network(clock, make_star(kEqualCables), RandomStreams(1));
  const SchedulePtr ring = ring_all_reduce(kRanks, 64'000);
  PacedReducer reducer(100us);
  TaskGroup ranks(context.get_executor());
  for (Rank rank = 0; rank < kRanks; ++rank) {
    ranks.spawn(execute(network.endpoint(rank), *ring, reducer));
  }
  clock.run(context);
  EXPECT_TRUE(ranks.done() && !ranks.first_error());
  EXPECT_LE(reducer.asked(), kRanks * 3);
}

// Chunks of 4 000 bytes: 4 222 on the wire, 3 377.6 us at 10 Mbit/s. Host 0 is half as fast, and a
// timer keeps the leap off until shortly before the last rank to join begins its last step: in that
// instant messages leave and arrive, and the first rank is through.
TEST(ModelledLeap, IsNotMadeFromAnInstantToItself) {
  std::vector<StarCable> cables(5, StarCable{{10'000'000}, 0s});
  cables[0].rate = {5'000'000};
  Plan plan;
  plan.topology = make_star(cables);
  plan.schedules = {ring_all_reduce(5, 5'000)};
  plan.disturbed = {Disturbance::timer, 0s, 13 * 3'377'600ns};
  plan.per_kilobyte.assign(5, 0s);
  plan.pauses.assign(5, 0s);
  EXPECT_EQ(Rings(plan, Leaps::allowed).ends(), Rings(plan, Leaps::prevented).ends());
}

// Takes part from that time on, so many times.
Task<void> take_part(VirtualClock& clock, Transport& transport, Duration when,
                     const Schedule& schedule, int times, int& lost) {
  PacedReducer reducer(0s);
  co_await clock.sleep_until(TimePoint(when));
  for (int i = 0; i < times; ++i) {
    try {
      co_await transport.execute(schedule, Buffers{}, reducer);
    } catch (const PeerLost&) {
      ++lost;
    }
  }
}

// In the instant in which the leap is due, both leave, and one is in the next ring already.
TEST(ModelledLeap, IsCalledOffWhenAHostVanishesAsTheLastOneJoins) {
  VirtualClock clock;
  boost::asio::io_context context;
  ModelledNetwork network(clock, make_star(std::vector<StarCable>(2, {{10'000'000}, 1ms})),
                          RandomStreams(1));
  const SchedulePtr ring = ring_all_reduce(2, 3'000);
  TaskGroup ranks(context.get_executor());
  int lost = 0;
  ranks.spawn(take_part(clock, network.endpoint(0), 0ms, *ring, 1, lost));
  ranks.spawn(take_part(clock, network.endpoint(1), 1ms, *ring, 2, lost));
  context.poll();
  clock.at(TimePoint(1ms), {[](void* network, std::uint64_t) {
                              static_cast<ModelledNetwork*>(network)->disconnect(1);
                            },
                            &network});
  clock.run(context);
  EXPECT_TRUE(ranks.done() && !ranks.first_error());
  EXPECT_EQ(lost, 3);
}

}  // namespace
}  // namespace gradwire
