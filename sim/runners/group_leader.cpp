#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "sim/runners/granted_steps.hpp"
#include "sim/runners/group_channel.hpp"
#include "sim/runners/group_part.hpp"
#include "sim/runners/group_run.hpp"
#include "sim/runners/host_load.hpp"
#include "sim/runners/observations.hpp"
#include "sim/runners/remote_checkpoints.hpp"
#include "sim/runners/report_json.hpp"
#include "sim/runners/step_controls.hpp"

namespace gradwire {

using nlohmann::json;

namespace {

// One failure makes others fail: so long it is waited for the one that explains them.
constexpr Duration kForBetterReason = std::chrono::milliseconds(500);
constexpr Duration kForTheEnd = std::chrono::seconds(5);

}  // namespace

class GroupLeader::Impl {
 public:
  Impl(GroupNetwork& network, const GroupOptions& options)
      : network_(network), options_(options), channel_(network) {}

  ~Impl() {
    if (failure_) return;
    for (Rank rank = 1; rank < network_.size(); ++rank) channel_.tell(rank, {{"end", true}});
    TaskGroup leaving(channel_.context().get_executor());
    leaving.spawn(leave());
    channel_.drive([&] { return leaving.done(); });
  }

  int size() const { return network_.size(); }

  RunOutcome run(const PointRun& run) {
    run_ = &run;
    nodes_ = run.topology->hosts();
    reports_.assign(static_cast<std::size_t>(nodes_), {});
    samples_.assign(static_cast<std::size_t>(nodes_), {});
    ready_ = 1;  // this one
    cpu_seconds_here_.assign(static_cast<std::size_t>(nodes_), 0.0);
    TaskGroup tasks(channel_.context().get_executor());
    for (Rank rank = 1; rank < nodes_; ++rank) tasks.spawn(attend(rank));
    if (nodes_ == 1) go(tasks);
    tasks_ = &tasks;
    channel_.drive([&] { return tasks.done() || failure_; });
    if (failure_) give_up(tasks);
    reports_[0] = part_->report();
    samples_[0] = part_->samples();
    RunOutcome outcome = observed();
    outcome.workers = std::move(reports_);
    part_.reset();
    return outcome;
  }

 private:
  // Nobody is waited for who hangs.
  Task<void> leave() {
    co_await finishes_by(channel_.clock(), channel_.clock().now() + kForTheEnd, channel_.leave());
  }

  // A member from its job to its report.
  Task<void> attend(Rank rank) {
    std::string failure;
    try {
      failure = co_await follow(rank);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    if (!failure.empty()) fail(fmt::format("rank {}: {}", rank, failure));
  }

  // Why it has failed; empty when it has reported.
  Task<std::string> follow(Rank rank) {
    json job{{"point", run_->point}, {"repeat", run_->repeat}, {"training", training_key(*run_)}};
    if (run_->checkpoint_file) {
      job["checkpoints"] = RemoteCheckpoints::job(*run_->checkpoint_file, rank);
    }
    channel_.tell(rank, {{"job", std::move(job)}});
    Duration limit = options_.start_limit;
    for (;;) {
      const auto news = co_await channel_.hear_until(rank, channel_.clock().now() + limit);
      if (!news) {
        co_return limit == options_.start_limit
            ? fmt::format("not ready within {}", to_string(limit))
            : fmt::format("silent for {}; it hangs", to_string(limit));
      }
      if (news->contains("ready")) {
        limit = options_.silence_limit;
        if (++ready_ == nodes_) go(*tasks_);
      } else if (news->contains("failed")) {
        // That it lost another does not explain why.
        const bool lost = news->at("peer_lost").get<bool>();
        if (lost) co_await channel_.clock().sleep_for(kForBetterReason);
        co_return news->at("failed").get<std::string>();
      } else if (news->contains("state")) {
        note_use(rank, *news);
        co_await run_->checkpoint_file->add(news->at("steps").get<std::int64_t>(), rank,
                                            state_from(news->at("state")));
        channel_.tell(rank, {{"kept", news->at("steps")}});
      } else if (news->contains("report")) {
        reports_[static_cast<std::size_t>(rank)] = report_from(news->at("report"));
        note_use(rank, *news);
        co_return std::string();
      }
    }
  }

  void note_use(Rank rank, const json& news) {
    const auto index = static_cast<std::size_t>(rank);
    samples_[index] = samples_from(news.at("samples"));
    if (news.at("machine") == machine_identity()) {
      cpu_seconds_here_[index] = news.at("cpu_seconds").get<double>();
    }
  }

  // By this process and what the members have told.
  RunOutcome observed() const {
    RunOutcome outcome;
    for (const auto& samples : samples_) {
      outcome.samples.insert(outcome.samples.end(), samples.begin(), samples.end());
    }
    const double others = std::accumulate(cpu_seconds_here_.begin(), cpu_seconds_here_.end(), 0.0);
    outcome.distortion = load_->distortion({}, others);
    return outcome;
  }

  void go(TaskGroup& tasks) {
    tell_members({{"go", true}});
    load_.emplace();
    part_.emplace(network_, channel_.context(), *run_, options_.threads);
    keep_observations(*run_, [this] {
      samples_[0] = part_->samples_so_far();
      return observed();
    });
    if (run_->measure) {
      control_ = std::make_unique<LeadingSteps>(part_->clock(), *run_->measure,
                                                [this](std::int64_t step, bool runs) {
                                                  tell_members({{runs ? "grant" : "stop", step}});
                                                });
    } else {
      control_ = std::make_unique<RunEverything>();
    }
    tasks.spawn(train());
  }

  Task<void> train() {
    std::string failure;
    try {
      co_await part_->train(*control_);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    if (failure.empty()) co_return;
    if (!failure_) co_await channel_.clock().sleep_for(kForBetterReason);
    fail(failure);
  }

  void tell_members(const json& message) {
    for (Rank rank = 1; rank < nodes_; ++rank) channel_.tell(rank, message);
  }

  void fail(const std::string& failure) {
    if (!failure_) failure_ = failure;
  }

  // The channel closes, from which the members learn of it.
  [[noreturn]] void give_up(TaskGroup& tasks) {
    network_.give_up(*failure_);
    if (part_) part_->abort();
    if (run_->checkpoint_file) run_->checkpoint_file->abandon();
    channel_.abort();
    channel_.drive([&] { return tasks.done(); });
    if (part_) {
      TaskGroup leaving(channel_.context().get_executor());
      leaving.spawn(part_->leave());
      channel_.drive([&] { return leaving.done(); });
    }
    throw MemberFailure(*failure_);
  }

  GroupNetwork& network_;
  GroupOptions options_;
  GroupChannel channel_;
  const PointRun* run_ = nullptr;
  int nodes_ = 1;
  int ready_ = 0;
  TaskGroup* tasks_ = nullptr;
  std::optional<GroupPart> part_;
  std::unique_ptr<StepControl> control_;
  std::optional<HostLoad> load_;
  std::vector<WorkerReport> reports_;
  std::vector<std::vector<ResourceSample>> samples_;  // by rank
  std::vector<double> cpu_seconds_here_;              // likewise, of others on this machine
  std::optional<std::string> failure_;
};

GroupLeader::GroupLeader(GroupNetwork& network, const GroupOptions& options)
    : impl_(std::make_unique<Impl>(network, options)) {}

GroupLeader::~GroupLeader() = default;

int GroupLeader::size() const { return impl_->size(); }

RunOutcome GroupLeader::run(const PointRun& run) { return impl_->run(run); }

}  // namespace gradwire
