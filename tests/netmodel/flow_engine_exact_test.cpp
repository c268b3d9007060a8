// The engine against a simulation that computes all rates anew at every event and takes every flow
// along: the same ends, to the nanosecond.
#include <gmock/gmock.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <random>
#include <set>

#include "netmodel/flow_engine.hpp"
#include "tests/netmodel/naive_fair_share.hpp"
#include "tests/seeds.hpp"

namespace gradwire {
namespace {

constexpr std::uint64_t kSeeds = 300;

struct Job {
  Duration start{};
  std::int64_t units = 0;
  PlainFlow flow;
};

// A new capacity of a resource, or a new cap of a flow, at a time.
struct Turn {
  Duration when{};
  std::optional<ResourceId> resource;
  std::size_t job = 0;
  std::int64_t value = 0;
};

struct Story {
  std::vector<std::int64_t> capacities;  // units a second
  std::vector<Job> jobs;
  std::vector<Turn> turns;
};

// Whole seconds and few different numbers: much happens in the same instant. Every resource has a
// capacity in the end, so that every flow ends.
Story random_story(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&random](std::uint64_t limit) {
    return static_cast<std::int64_t>(random() % limit);
  };
  const auto second = [&] { return Duration(std::chrono::seconds(below(12))); };
  const auto cap = [&] { return below(3) == 0 ? (1 + below(9)) * 37 * kMicro : kNoCap; };
  Story story;
  const std::int64_t resources = 1 + below(6);
  for (std::int64_t i = 0; i < resources; ++i) story.capacities.push_back(100 + 50 * below(5));
  const std::int64_t jobs = 1 + below(25);
  for (std::int64_t i = 0; i < jobs; ++i) {
    std::set<ResourceId> route;
    for (std::int64_t left = 1 + below(3); left > 0; --left) {
      route.insert(static_cast<ResourceId>(below(story.capacities.size())));
    }
    story.jobs.push_back({second(), below(1000), {{route.begin(), route.end()}, cap()}});
  }
  for (std::int64_t left = below(8); left > 0; --left) {
    const auto resource = static_cast<ResourceId>(below(story.capacities.size()));
    story.turns.push_back({second(), resource, 0, 100 * below(3)});
    story.turns.push_back(
        {second(), std::nullopt, static_cast<std::size_t>(below(story.jobs.size())), cap()});
  }
  for (ResourceId resource = 0; resource < story.capacities.size(); ++resource) {
    story.turns.push_back({std::chrono::seconds(20), resource, 0, 150});
  }
  std::ranges::stable_sort(story.turns, {}, &Turn::when);
  return story;
}

using Ends = std::vector<std::optional<Duration>>;

class Engine {
 public:
  explicit Engine(const Story& story) : story_(story), ids_(story.jobs.size()) {
    for (const std::int64_t capacity : story.capacities) engine_.add_resource(capacity);
    ends_.resize(story.jobs.size());
    for (std::size_t i = 0; i < story.jobs.size(); ++i) at(story.jobs[i].start, &Engine::start, i);
    for (std::size_t i = 0; i < story.turns.size(); ++i) at(story.turns[i].when, &Engine::turn, i);
  }
  Ends run() {
    clock_.run(context_);
    return ends_;
  }

 private:
  using Step = void (Engine::*)(std::size_t);
  struct Due {
    Engine* engine;
    Step step;
    std::size_t index;
  };

  void at(Duration when, Step step, std::size_t index) {
    due_.push_back(std::make_unique<Due>(Due{this, step, index}));
    clock_.at(TimePoint(when), {[](void* target, std::uint64_t) {
                                  const Due& due = *static_cast<Due*>(target);
                                  (due.engine->*due.step)(due.index);
                                },
                                due_.back().get()});
  }
  void start(std::size_t index) {
    const Job& job = story_.jobs[index];
    ids_[index] = engine_.start(job.flow.route, job.units, job.flow.cap,
                                {[](void* self, std::uint64_t which) {
                                   auto& engine = *static_cast<Engine*>(self);
                                   engine.ends_[which] = engine.clock_.now().time_since_epoch();
                                   engine.ids_[which].reset();
                                 },
                                 this, index});
  }
  void turn(std::size_t index) {
    const Turn& turn = story_.turns[index];
    if (turn.resource) {
      engine_.set_capacity(*turn.resource, turn.value);
    } else if (ids_[turn.job]) {
      engine_.set_cap(*ids_[turn.job], turn.value);
    }
  }

  const Story& story_;
  VirtualClock clock_;
  boost::asio::io_context context_{1};
  FlowEngine engine_{clock_};
  std::vector<std::optional<FlowId>> ids_;
  std::vector<std::unique_ptr<Due>> due_;
  Ends ends_;
};

class Naive {
 public:
  explicit Naive(const Story& story) : story_(story), ends_(story.jobs.size()) {
    for (const std::int64_t capacity : story.capacities) capacities_.push_back(capacity * kMicro);
  }

  Ends run() {
    while (std::ranges::count_if(ends_, [](const auto& end) { return !end; }) > 0) {
      const Duration next = next_time();
      for (Running& flow : running_) flow.left -= __int128{flow.rate} * (next - now_).count();
      now_ = next;
      end_and_start();
      Problem problem{capacities_, {}};
      for (const Running& flow : running_) problem.flows.push_back(flow.flow);
      const std::vector<MicroRate> rates = naive_rates(problem);
      for (std::size_t i = 0; i < rates.size(); ++i) running_[i].rate = rates[i];
    }
    return ends_;
  }

 private:
  struct Running {
    std::size_t job;
    PlainFlow flow;
    __int128 left;
    MicroRate rate;
  };

  Duration next_time() const {
    Duration next = Duration::max();
    for (const Running& flow : running_) {
      if (flow.rate == 0) continue;
      const __int128 left = std::max<__int128>(0, flow.left);
      next = std::min(
          next, now_ + Duration(static_cast<std::int64_t>((left + flow.rate - 1) / flow.rate)));
    }
    if (next_turn_ < story_.turns.size()) next = std::min(next, story_.turns[next_turn_].when);
    for (std::size_t i = 0; i < story_.jobs.size(); ++i) {
      if (!started_.contains(i)) next = std::min(next, story_.jobs[i].start);
    }
    return next;
  }
  void end_and_start() {
    std::erase_if(running_, [this](const Running& flow) {
      if (flow.left > 0 || flow.rate == 0) return false;
      ends_[flow.job] = now_;
      return true;
    });
    for (std::size_t i = 0; i < story_.jobs.size(); ++i) {
      const Job& job = story_.jobs[i];
      if (job.start != now_ || !started_.insert(i).second) continue;
      running_.push_back({i, job.flow, job.units * __int128{1'000'000'000'000'000}, 0});
    }
    for (; next_turn_ < story_.turns.size() && story_.turns[next_turn_].when == now_;
         ++next_turn_) {
      const Turn& turn = story_.turns[next_turn_];
      if (turn.resource) capacities_[*turn.resource] = turn.value * kMicro;
      for (Running& flow : running_) {
        if (!turn.resource && flow.job == turn.job) flow.flow.cap = turn.value;
      }
    }
  }

  const Story& story_;
  std::vector<MicroRate> capacities_;
  std::vector<Running> running_;
  std::set<std::size_t> started_;
  std::size_t next_turn_ = 0;
  Duration now_{};
  Ends ends_;
};

TEST(FlowEngineExact, EndsOfRandomFlowsEqualANaiveSimulation) {
  for (const std::uint64_t seed : seeds(kSeeds)) {
    const Story story = random_story(seed);
    ASSERT_EQ(Engine(story).run(), Naive(story).run()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace gradwire
