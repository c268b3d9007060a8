#include "bench/collective_run.hpp"

#include <boost/asio/io_context.hpp>
#include <utility>

#include "netmodel/check.hpp"
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

Task<void> take_part(Transport& transport, VirtualClock& clock, const Schedule& schedule,
                     std::int64_t times) {
  InstantReducer reducer(clock);
  for (std::int64_t i = 0; i < times; ++i) {
    co_await transport.execute(schedule, Buffers{}, reducer);
  }
}

}  // namespace

CollectiveRun run_collective(std::shared_ptr<const Topology> topology, const Schedule& schedule,
                             std::int64_t times) {
  VirtualClock clock;
  boost::asio::io_context context(1);
  ModelledNetwork network(clock, std::move(topology), RandomStreams(1));
  TaskGroup ranks(context.get_executor());
  for (Rank rank = 0; rank < network.size(); ++rank) {
    ranks.spawn(take_part(network.endpoint(rank), clock, schedule, times));
  }
  clock.run(context);
  CHECK(ranks.done() && !ranks.first_error(), "{}", network.waiting());
  return {clock.now(), network.delivered()};
}

}  // namespace gradwire
