#include "bench/collective_run.hpp"

#include <array>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <utility>

#include "netmodel/check.hpp"
#include "netmodel/step_repetition.hpp"
#include "netmodel/transports/collective_members.hpp"
#include "netmodel/transports/modelled_network.hpp"
#include "netmodel/virtual_clock.hpp"

namespace gradwire {
namespace {

// Sums take no time.
class InstantReducer final : public Reducer {
 public:
  std::optional<Duration> duration(Bytes /*amount*/) const override { return Duration{}; }
  void start(Bytes /*amount*/, std::function<void()> /*work*/,
             std::function<void()> /*done*/) override {
    CHECK(false, "a timing-only collective lets the time of its sums pass");
  }
};

// What was left out: time and messages.
class Missing final : public StepRepetition::Books {
 public:
  explicit Missing(const ModelledNetwork& network) : network_(network) {}

  void describe(RelativeState& /*state*/) const override {}
  void open(std::size_t begin) override { delivered_[begin] = network_.delivered(); }
  void leave_out(std::size_t begin, std::int64_t times, StepRepetition::Period period) override {
    left_out += times * period.steps;
    duration += times * period.duration;
    messages += times * (network_.delivered() - delivered_[begin]);
  }

  std::int64_t left_out = 0;
  Duration duration{};
  std::int64_t messages = 0;

 private:
  const ModelledNetwork& network_;
  std::array<std::int64_t, StepRepetition::kOpen> delivered_{};  // when a period began
};

using Schedules = std::vector<std::shared_ptr<const Schedule>>;

// All ranks, each of which takes part in one collective after another.
class Ranks final : public CollectiveListener {
 public:
  Ranks(const Clock& clock, ModelledNetwork& network, const Schedules& schedules,
        std::int64_t times, StepRepetition* repetition)
      : clock_(clock),
        network_(network),
        schedules_(schedules),
        times_(times),
        repetition_(repetition),
        places_(static_cast<std::size_t>(network.size())) {}

  void start() {
    for (Rank rank = 0; rank < network_.size(); ++rank) go_on(rank);
  }
  bool are_done() const { return done_ == network_.size(); }
  /// When the last of them was.
  TimePoint end() const { return end_; }

  void collective_over(Rank rank, const PhaseTimes& /*times*/) override {
    Place& place = places_[static_cast<std::size_t>(rank)];
    if (++place.schedule == schedules_.size()) place = {place.time + 1, 0};
    go_on(rank);
  }
  void collective_lost(Rank rank, Rank peer) override {
    CHECK(false, "rank {} has lost rank {}", rank, peer);
  }

 private:
  struct Place {
    std::int64_t time = 0;
    std::size_t schedule = 0;
  };

  void go_on(Rank rank) {
    Place& place = places_[static_cast<std::size_t>(rank)];
    if (place.schedule == 0 && place.time < times_ && repetition_ != nullptr) {
      place.time += repetition_->begin(rank, {0, times_}, place.time);
    }
    if (place.time == times_) {
      ++done_;
      end_ = clock_.now();
    } else {
      network_.execute(rank, *schedules_[place.schedule], reducer_, *this);
    }
  }

  const Clock& clock_;
  ModelledNetwork& network_;
  InstantReducer reducer_;
  const Schedules& schedules_;
  std::int64_t times_;
  StepRepetition* repetition_;
  std::vector<Place> places_;  // by rank
  int done_ = 0;
  TimePoint end_{};
};

}  // namespace

CollectiveRun run_collectives(std::shared_ptr<const Topology> topology, const Schedules& schedules,
                              std::int64_t times, Shortcuts shortcuts) {
  VirtualClock clock;
  boost::asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);  // one thread: no locks
  ModelledNetwork network(clock, std::move(topology), RandomStreams(1));
  Missing missing(network);
  std::optional<StepRepetition> repetition;
  if (shortcuts == Shortcuts::all) repetition.emplace(clock, network, missing);
  // While something else is to come, there are no leaps.
  if (shortcuts == Shortcuts::none) clock.at(TimePoint::max(), {[](void*, std::uint64_t) {}});
  Ranks ranks(clock, network, schedules, times, repetition ? &*repetition : nullptr);
  ranks.start();
  clock.run(context);
  CHECK(ranks.are_done(), "{}", network.waiting());
  return {ranks.end() + missing.duration, network.delivered() + missing.messages, missing.left_out};
}

}  // namespace gradwire
