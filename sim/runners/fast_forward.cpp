#include "sim/runners/fast_forward.hpp"

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

// The steps of an epoch, from its first, that are the same work for every node: all of them but a
// last one that is smaller. With samples of their own, nodes take parts that differ by one.
// Where sums wait for their turn on a processor, its state is not all there is to know: none.
std::int64_t alike_steps(const TrainingPlan& plan) {
  if (plan.bucket || has_segments(plan.strategy)) return 0;
  const SamplePlan& samples = plan.samples;
  if (!samples.partition.is_common()) return 0;
  if (samples.fixed_steps) return *samples.fixed_steps;
  return samples.samples / samples.global_batch;
}

}  // namespace

// The control of one worker: it never ends the training, and knows where the worker is in it.
class FastForward::RankControl final : public StepControl {
 public:
  RankControl(FastForward& owner, Rank rank) : owner_(owner), rank_(rank) {}

  Task<bool> proceed(std::int64_t /*step*/) override { co_return true; }

  std::int64_t leave_out() override {
    started_before_ = owner_.world_.processors.started(rank_);
    const std::int64_t step = taken_ % owner_.steps_per_epoch_;
    const std::int64_t left_out =
        owner_.repetition_.begin(rank_, {taken_ / owner_.steps_per_epoch_, owner_.alike_}, step);
    taken_ += left_out + 1;
    return left_out;
  }

  // What its processor has begun in the step that it is in.
  std::int64_t started() const { return owner_.world_.processors.started(rank_) - started_before_; }

 private:
  FastForward& owner_;
  Rank rank_;
  std::int64_t taken_ = 0;           // steps, those left out included
  std::int64_t started_before_ = 0;  // by its processor, when the step began
};

FastForward::FastForward(World world, const TrainingPlan& plan)
    : world_(world),
      steps_per_epoch_(plan.samples.steps_per_epoch()),
      alike_(alike_steps(plan)),
      repetition_(world.clock, world.network, *this) {
  CHECK(!plan.data, "steps whose arithmetic is done cannot be left out");
  for (Rank rank = 0; rank < world.network.size(); ++rank) {
    controls_.push_back(std::make_unique<RankControl>(*this, rank));
  }
}

FastForward::~FastForward() = default;

StepControl& FastForward::control(Rank rank) {
  return *controls_.at(static_cast<std::size_t>(rank));
}

void FastForward::describe(RelativeState& state) const {
  for (const auto& control : controls_) state.add(control->started());
  for (const WorkerReport& report : world_.reports) {
    state.add(std::ssize(report.epochs) - std::ssize(world_.reports[0].epochs));
    state.add(std::ssize(report.step_ends) - std::ssize(world_.reports[0].step_ends));
  }
  world_.processors.describe(state);
}

FastForward::Count FastForward::count() const {
  Count count;
  count.accounts.reserve(world_.reports.size());
  for (const WorkerReport& report : world_.reports) {
    count.accounts.push_back({report.step_ends.size(), report.compute, report.exchange, report.sent,
                              report.epochs.empty() ? 0 : report.epochs.back().samples});
  }
  count.links = world_.network.usage();
  return count;
}

void FastForward::open(std::size_t begin) { open_[begin] = count(); }

void FastForward::leave_out(std::size_t begin, std::int64_t times, StepRepetition::Period period) {
  left_out_.push_back(
      {times, period, world_.reports[0].epochs.size() - 1, std::move(open_[begin]), count()});
  open_.fill({});
}

// The last ones first: what they insert leaves earlier places as they are.
std::int64_t FastForward::complete(std::vector<LinkTraffic>& links) {
  std::int64_t steps = 0;
  for (auto each = left_out_.rbegin(); each != left_out_.rend(); ++each) {
    for (std::size_t rank = 0; rank < world_.reports.size(); ++rank) {
      complete(world_.reports[rank], rank, *each);
    }
    for (std::size_t i = 0; i < links.size(); ++i) {
      const LinkTraffic& before = each->before.links[i];
      const LinkTraffic& after = each->after.links[i];
      links[i].bytes.count += each->times * (after.bytes - before.bytes).count;
      links[i].busy += each->times * (after.busy - before.busy);
      if (links[i].micro_drops) {
        *links[i].micro_drops += each->times * (*after.micro_drops - *before.micro_drops);
      }
    }
    steps += each->times * each->period.steps;
  }
  left_out_.clear();
  return steps;
}

void FastForward::complete(WorkerReport& report, std::size_t rank, const LeftOut& left_out) {
  const Account& before = left_out.before.accounts[rank];
  const Account& after = left_out.after.accounts[rank];
  const std::int64_t times = left_out.times;
  CHECK(static_cast<std::int64_t>(after.steps - before.steps) == left_out.period.steps,
        "{} to {} steps in a period of {}", before.steps, after.steps, left_out.period.steps);
  report.compute += times * (after.compute - before.compute);
  report.exchange.send += times * (after.exchange.send - before.exchange.send);
  report.exchange.wait += times * (after.exchange.wait - before.exchange.wait);
  report.exchange.reduce += times * (after.exchange.reduce - before.exchange.reduce);
  const SentCounters sent = after.sent - before.sent;
  report.sent.bytes.count += times * sent.bytes.count;
  report.sent.messages += times * sent.messages;
  report.epochs[left_out.epoch].samples += times * (after.samples - before.samples);

  const Duration later = times * left_out.period.duration;
  std::vector<TimePoint>& ends = report.step_ends;
  const auto at = ends.begin() + static_cast<std::ptrdiff_t>(after.steps);
  for (auto end = at; end != ends.end(); ++end) *end += later;
  std::vector<TimePoint> inserted;
  for (std::int64_t i = 1; i <= times; ++i) {
    for (auto end = at - left_out.period.steps; end != at; ++end) {
      inserted.push_back(*end + i * left_out.period.duration);
    }
  }
  ends.insert(at, inserted.begin(), inserted.end());
  for (std::size_t epoch = left_out.epoch; epoch < report.epochs.size(); ++epoch) {
    if (epoch > left_out.epoch) report.epochs[epoch].start += later;
    report.epochs[epoch].end += later;
  }
}

}  // namespace gradwire
