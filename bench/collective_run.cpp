#include "bench/collective_run.hpp"

#include <boost/asio/io_context.hpp>
#include <optional>
#include <utility>

#include "netmodel/check.hpp"
#include "netmodel/step_repetition.hpp"
#include "netmodel/task_group.hpp"
#include "netmodel/transports/modelled_network.hpp"
#include "netmodel/virtual_clock.hpp"

namespace gradwire {
namespace {

class InstantReducer final : public Reducer {
 public:
  explicit InstantReducer(VirtualClock& clock) : clock_(clock) {}
  void start(Bytes /*amount*/, std::function<void()> /*work*/,
             std::function<void()> done) override {
    done_ = std::move(done);
    clock_.at(clock_.now(), {[](void* self, std::uint64_t) {
                               std::exchange(static_cast<InstantReducer*>(self)->done_, nullptr)();
                             },
                             this});
  }

 private:
  VirtualClock& clock_;
  std::function<void()> done_;
};

// What was left out: time and messages.
class Missing final : public StepRepetition::Books {
 public:
  explicit Missing(const ModelledNetwork& network) : network_(network) {}

  void describe(RelativeState& /*state*/) const override {}
  void open() override { delivered_ = network_.delivered(); }
  void leave_out(std::int64_t times, StepRepetition::Period period) override {
    left_out += times * period.steps;
    duration += times * period.duration;
    messages += times * (network_.delivered() - delivered_);
  }

  std::int64_t left_out = 0;
  Duration duration{};
  std::int64_t messages = 0;

 private:
  const ModelledNetwork& network_;
  std::int64_t delivered_ = 0;
};

using Schedules = std::vector<std::shared_ptr<const Schedule>>;

Task<void> take_part(Transport& transport, VirtualClock& clock, const Schedules& schedules,
                     std::int64_t times, StepRepetition* repetition) {
  InstantReducer reducer(clock);
  for (std::int64_t i = 0; i < times; ++i) {
    if (repetition != nullptr) i += repetition->begin(transport.rank(), {0, times}, i);
    for (const auto& schedule : schedules) {
      co_await transport.execute(*schedule, Buffers{}, reducer);
    }
  }
}

}  // namespace

CollectiveRun run_collectives(std::shared_ptr<const Topology> topology,
                              const std::vector<std::shared_ptr<const Schedule>>& schedules,
                              std::int64_t times, FastForwarding fast_forwarding) {
  VirtualClock clock;
  boost::asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);  // one thread: no locks
  ModelledNetwork network(clock, std::move(topology), RandomStreams(1));
  Missing missing(network);
  std::optional<StepRepetition> repetition;
  if (fast_forwarding == FastForwarding::on) repetition.emplace(clock, network, missing);
  TaskGroup ranks(context.get_executor());
  for (Rank rank = 0; rank < network.size(); ++rank) {
    ranks.spawn(take_part(network.endpoint(rank), clock, schedules, times,
                          repetition ? &*repetition : nullptr));
  }
  clock.run(context);
  CHECK(ranks.done() && !ranks.first_error(), "{}", network.waiting());
  return {clock.now() + missing.duration, network.delivered() + missing.messages, missing.left_out};
}

}  // namespace gradwire
