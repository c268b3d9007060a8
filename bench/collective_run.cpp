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

// Of all ranks: what is begun in an instant is done in it, in the same order.
class InstantReducer final : public Reducer {
 public:
  explicit InstantReducer(VirtualClock& clock) : clock_(clock) {}
  void start(Bytes /*amount*/, std::function<void()> /*work*/,
             std::function<void()> done) override {
    std::size_t place = done_.size();
    if (free_.empty()) {
      done_.emplace_back();
    } else {
      place = free_.back();
      free_.pop_back();
    }
    done_[place] = std::move(done);
    clock_.at(clock_.now(),
              {[](void* self, std::uint64_t which) {
                 static_cast<InstantReducer*>(self)->finish(static_cast<std::size_t>(which));
               },
               this, place});
  }

 private:
  void finish(std::size_t place) {
    const std::function<void()> done = std::exchange(done_[place], nullptr);
    free_.push_back(place);
    done();
  }

  VirtualClock& clock_;
  std::vector<std::function<void()>> done_;  // of the sums under way
  std::vector<std::size_t> free_;            // places among them
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
  Ranks(VirtualClock& clock, ModelledNetwork& network, const Schedules& schedules,
        std::int64_t times, StepRepetition* repetition)
      : network_(network),
        reducer_(clock),
        schedules_(schedules),
        times_(times),
        repetition_(repetition),
        places_(static_cast<std::size_t>(network.size())) {}

  void start() {
    for (Rank rank = 0; rank < network_.size(); ++rank) go_on(rank);
  }
  bool are_done() const { return done_ == network_.size(); }

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
    } else {
      network_.execute(rank, *schedules_[place.schedule], reducer_, *this);
    }
  }

  ModelledNetwork& network_;
  InstantReducer reducer_;
  const Schedules& schedules_;
  std::int64_t times_;
  StepRepetition* repetition_;
  std::vector<Place> places_;  // by rank
  int done_ = 0;
};

}  // namespace

CollectiveRun run_collectives(std::shared_ptr<const Topology> topology, const Schedules& schedules,
                              std::int64_t times, FastForwarding fast_forwarding) {
  VirtualClock clock;
  boost::asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);  // one thread: no locks
  ModelledNetwork network(clock, std::move(topology), RandomStreams(1));
  Missing missing(network);
  std::optional<StepRepetition> repetition;
  if (fast_forwarding == FastForwarding::on) repetition.emplace(clock, network, missing);
  Ranks ranks(clock, network, schedules, times, repetition ? &*repetition : nullptr);
  ranks.start();
  clock.run(context);
  CHECK(ranks.are_done(), "{}", network.waiting());
  return {clock.now() + missing.duration, network.delivered() + missing.messages, missing.left_out};
}

}  // namespace gradwire
