#include <fmt/format.h>

#include <memory>
#include <optional>

#include "sim/runners/granted_steps.hpp"
#include "sim/runners/group_channel.hpp"
#include "sim/runners/group_part.hpp"
#include "sim/runners/group_run.hpp"
#include "sim/runners/host_load.hpp"
#include "sim/runners/remote_checkpoints.hpp"
#include "sim/runners/report_json.hpp"
#include "sim/runners/step_controls.hpp"

namespace gradwire {
namespace {

using nlohmann::json;

constexpr Rank kLeader = 0;
constexpr Duration kHeartbeat = std::chrono::seconds(1);

class Member {
 public:
  Member(GroupNetwork& network, const GroupOptions& options,
         const std::function<std::unique_ptr<GroupPlan>()>& load)
      : network_(network), options_(options), load_(load), channel_(network) {}

  void run() {
    bool ended = false;
    TaskGroup work(channel_.context().get_executor());
    work.spawn(serve(ended));
    channel_.drive([&] { return work.done(); });
    if (work.first_error()) std::rethrow_exception(work.first_error());
  }

 private:
  Task<void> serve(bool& ended) {
    while (!ended) {
      const json order = co_await channel_.hear(kLeader);
      ended = order.contains("end");
      // Steps beyond the end of the last training may have been granted: nobody needs them.
      if (order.contains("job")) co_await attempt(order.at("job"));
    }
    co_await channel_.leave();
  }

  // Tells the leader if it fails.
  Task<void> attempt(json job) {
    std::exception_ptr error;
    try {
      co_await work(job);
    } catch (const std::exception& failure) {
      error = std::current_exception();
      const bool lost = dynamic_cast<const PeerLost*>(&failure) != nullptr;
      channel_.tell(kLeader, {{"failed", failure.what()}, {"peer_lost", lost}});
    }
    if (!error) co_return;
    if (part_) {
      part_->abort();
      co_await part_->leave();
    }
    // Until the leader has taken note; it ends the channel then.
    try {
      while (true) co_await channel_.hear(kLeader);
    } catch (const PeerLost&) {
    }
    std::rethrow_exception(error);
  }

  Task<void> work(const json& job) {
    part_.reset();
    if (!loaded_) loaded_ = load_();
    const auto point = job.at("point").get<std::size_t>();
    const Plan& plan = loaded_->plan;
    if (point >= plan.points.size()) throw differs(plan);
    PointRun run = make_point_run(plan.points[point], job.at("repeat").get<int>(), loaded_->data,
                                  nullptr, true);
    if (job.at("training") != training_key(run)) throw differs(plan);
    checkpoints_ = RemoteCheckpoints::of_job(job, run.training, [this](json message) {
      message.update(use(part_->samples_so_far()));
      channel_.tell(kLeader, message);
    });
    channel_.tell(kLeader, {{"ready", true}});
    TaskGroup helpers(channel_.context().get_executor());
    helpers.spawn(beat());
    std::exception_ptr error;
    try {
      co_await train(run, helpers);
    } catch (...) {
      error = std::current_exception();
    }
    helpers.cancel();
    co_await helpers.join();
    if (error) std::rethrow_exception(error);
  }

  static ScenarioError differs(const Plan& plan) {
    return plan.error("training",
                      "this member's scenario is not the leader's; allowed: the same "
                      "file and the same --set on every machine");
  }

  Task<void> train(const PointRun& run, TaskGroup& helpers) {
    json order;
    while (!order.contains("go")) order = co_await channel_.hear(kLeader);
    cpu_before_ = own_cpu_seconds();
    part_.emplace(network_, channel_.context(), run, options_.threads);
    FollowingSteps following;
    RunEverything everything;
    helpers.spawn(listen(following));
    StepControl& control = run.measure ? static_cast<StepControl&>(following) : everything;
    co_await part_->train(control);
    json message = use(part_->samples());
    message["report"] = to_json(part_->report());
    channel_.tell(kLeader, message);
  }

  // What this process has used so far.
  json use(const std::vector<ResourceSample>& samples) const {
    return {{"samples", to_json(samples)},
            {"cpu_seconds", own_cpu_seconds() - cpu_before_},
            {"machine", machine_identity()}};
  }

  // What the leader says during the training. Without it there is nobody to work for.
  Task<void> listen(FollowingSteps& following) {
    bool gone = false;
    while (!gone) {
      json order;
      try {
        order = co_await channel_.hear(kLeader);
      } catch (const PeerLost&) {
        gone = true;
      }
      for (const bool runs : {true, false}) {
        const auto step = order.find(runs ? "grant" : "stop");
        if (step != order.end()) following.announced(step->get<std::int64_t>(), runs);
      }
      if (checkpoints_) checkpoints_->hear(order);
    }
    part_->abort();
    if (checkpoints_) checkpoints_->abandon();
    following.announced(0, false);
  }

  Task<void> beat() {
    for (;;) {
      channel_.tell(kLeader, {{"alive", true}});
      co_await channel_.clock().sleep_for(kHeartbeat);
    }
  }

  GroupNetwork& network_;
  GroupOptions options_;
  const std::function<std::unique_ptr<GroupPlan>()>& load_;
  GroupChannel channel_;
  std::unique_ptr<GroupPlan> loaded_;
  std::optional<GroupPart> part_;
  std::shared_ptr<RemoteCheckpoints> checkpoints_;
  double cpu_before_ = 0.0;
};

}  // namespace

void serve_group(GroupNetwork& network, const GroupOptions& options,
                 const std::function<std::unique_ptr<GroupPlan>()>& load) {
  Member(network, options, load).run();
}

}  // namespace gradwire
