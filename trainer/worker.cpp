#include "trainer/worker.hpp"

#include <algorithm>
#include <utility>

#include "trainer/collectives/collectives.hpp"
#include "trainer/compute_in_turn.hpp"
#include "trainer/overlapped_step.hpp"
#include "trainer/replica.hpp"
#include "trainer/sample_source.hpp"
#include "trainer/strategies/strategy.hpp"

namespace gradwire {
namespace {

class Worker {
 public:
  Worker(WorkerContext context, const TrainingPlan& plan, WorkerReport& report)
      : context_(context),
        plan_(plan),
        samples_(plan.samples, RandomStreams(plan.seed),
                 training_index(plan.strategy, context.transport.rank())),
        backward_(backward_of(plan)),
        sums_overlap_(backward_ || has_segments(plan.strategy)),
        in_turn_(context.compute),
        replica_(plan, context.transport.rank(), compute(), context.clock, samples_.largest_step()),
        reducer_(compute(), plan.costs ? std::optional(plan.costs->reduce) : std::nullopt),
        strategy_(make_strategy(plan.strategy, context.transport.size(), buckets())),
        collection_(collection_of(plan, context.transport.size())),
        barrier_(barrier(context.transport.size())),
        report_(report) {}

  Task<void> run() {
    replica_.set_idle(is_replayed(0));
    const bool goes_on = plan_.checkpoints && plan_.checkpoints->leaves_out() &&
                         plan_.checkpoints->resumed_steps() > 0;
    if (goes_on) take_up();
    co_await wait_for_all();
    if (goes_on) go_on_from_report();
    const auto begun = static_cast<int>(report_.epochs.size());
    for (int epoch = std::max(begun - 1, 0); epoch < plan_.samples.epochs; ++epoch) {
      const bool complete = co_await run_epoch(epoch);
      if (!complete) break;
    }
    report_.sent = sent();
    if (notes_hashes()) report_.weights_sha256 = replica_.hash();
    if (context_.transport.rank() == 0 && plan_.keep_final && plan_.data &&
        steps_done() == plan_.samples.steps()) {
      plan_.keep_final(replica_.whole_state());
    }
  }

 private:
  static std::optional<BackwardPlan> backward_of(const TrainingPlan& plan) {
    if (plan.model.profile.empty() || !plan.bucket) return std::nullopt;
    return plan_backward(plan.model.profile, *plan.bucket);
  }

  // What is summed at once, in elements.
  std::vector<std::int64_t> buckets() const {
    if (backward_) return backward_->buckets;
    if (!is_split()) return {parameter_count(plan_.model)};
    // The sums of a full step; and of the last step of an epoch, which may be smaller.
    const std::int64_t last = plan_.samples.steps_per_epoch() - 1;
    const std::int64_t width = first_layer_sums(plan_.model);
    return {plan_.samples.global_batch * width,
            samples_of_step(plan_.samples, 0, last).count * width};
  }

  bool is_split() const { return plan_.samples.partition.is_by_features(); }

  // How rank 0 comes by all weights of a first layer that is split; none: it is not.
  static SchedulePtr collection_of(const TrainingPlan& plan, int ranks) {
    if (!plan.samples.partition.is_by_features()) return nullptr;
    return gather_parts(ranks, plan.model.input.features(), first_layer_sums(plan.model));
  }

  // Sums that come while a pass, or another sum, is computed wait for their turn.
  Compute& compute() { return sums_overlap_ ? in_turn_ : context_.compute; }

  Task<void> wait_for_all() { co_await context_.transport.execute(*barrier_, Buffers{}, reducer_); }

  // False when the control has ended the training. The epoch may have begun before the run went on.
  Task<bool> run_epoch(int epoch) {
    const std::int64_t steps_per_epoch = plan_.samples.steps_per_epoch();
    const bool has_begun = static_cast<std::size_t>(epoch) < report_.epochs.size();
    WorkerReport::Epoch& record = has_begun ? report_.epochs.back() : report_.epochs.emplace_back();
    if (!has_begun) record.start = now();
    report_.sent = sent();
    bool complete = true;
    const std::int64_t first = has_begun ? steps_done() - epoch * steps_per_epoch : 0;
    for (std::int64_t step = first; step < steps_per_epoch; ++step) {
      complete =
          co_await context_.control.proceed(static_cast<std::int64_t>(report_.step_ends.size()));
      if (!complete) break;
      step += context_.control.leave_out();
      co_await run_step(epoch, step, record);
    }
    record.end = now();
    if (complete && collection_) {
      co_await context_.transport.execute(*collection_, replica_.first_weights(), reducer_);
    }
    if (complete && is_replayed(steps_done())) {
      const WorkerReport::Epoch& known = resumed().report.epochs.at(report_.epochs.size() - 1);
      record.loss_sum = known.loss_sum;
      record.accuracy = known.accuracy;
      record.scores = known.scores;
      co_await wait_for_all();
      co_return true;
    }
    record.loss_sum = replica_.take_loss_sum();
    if (complete) {
      if (context_.transport.rank() == 0) co_await evaluate(record);
      co_await wait_for_all();
    }
    co_return complete;
  }

  Task<void> evaluate(WorkerReport::Epoch& record) {
    std::optional<Quality> quality = co_await replica_.evaluate();
    if (!quality) co_return;
    record.accuracy = quality->accuracy;
    record.scores = std::move(quality->scores);
    report_.confusion = std::move(quality->confusion);
  }

  Task<void> run_step(int epoch, std::int64_t step, WorkerReport::Epoch& record) {
    const SampleSource::Step samples = samples_.of_step(epoch, step);
    record.samples += static_cast<std::int64_t>(samples.own.size());
    report_.exchange += co_await make_gradients(samples);
    report_.exchange += co_await strategy_->update_weights(replica_, context_.transport, reducer_);
    report_.step_ends.push_back(now());
    report_.compute = compute_before_ + replica_.compute_time();
    report_.sent = sent();
    const std::int64_t done = steps_done();
    if (is_replayed(done)) co_return;
    if (plan_.checkpoints && done == plan_.checkpoints->resumed_steps()) {
      replica_.restore(resumed(), done);
      report_.hashes = resumed().report.hashes;
      co_return;
    }
    if (notes_hashes() && plan_.hashed_steps.contains(done)) {
      report_.hashes[done] = replica_.hash();
    }
    if (plan_.checkpoints && plan_.checkpoints->is_due(done)) co_await hand_in(done);
  }

  // Up to the gradients that the weights are updated with; returns where the time of the exchange
  // went.
  Task<PhaseTimes> make_gradients(const SampleSource::Step& samples) {
    if (backward_) {
      OverlappedStep step({context_.clock, replica_, *strategy_, context_.transport, reducer_},
                          *backward_);
      const PhaseTimes times = co_await step.run(static_cast<std::int64_t>(samples.own.size()));
      co_return times;
    }
    if (is_split()) {
      co_await replica_.begin_pass(samples.own);
      const std::size_t bucket = samples.total == plan_.samples.global_batch ? 0 : 1;
      const PhaseTimes times =
          co_await strategy_->sum_gradients(bucket, replica_.sums(), context_.transport, reducer_);
      co_await replica_.finish_pass(samples.own, samples.total);
      co_return times;
    }
    co_await replica_.compute_gradients(samples.own, samples.total);
    const PhaseTimes times =
        co_await strategy_->sum_gradients(0, replica_.gradients(), context_.transport, reducer_);
    co_return times;
  }

  // Nodes that are alike have one hash; parts of a model have one each.
  bool notes_hashes() const { return context_.transport.rank() == 0 || is_split(); }

  std::int64_t steps_done() const { return static_cast<std::int64_t>(report_.step_ends.size()); }

  // Whether the state after so many steps is one that the run left behind before it was resumed.
  bool is_replayed(std::int64_t steps) const {
    return plan_.checkpoints && !plan_.checkpoints->leaves_out() &&
           steps < plan_.checkpoints->resumed_steps();
  }

  const NodeState& resumed() const {
    return plan_.checkpoints->resumed_state(context_.transport.rank());
  }

  Task<void> hand_in(std::int64_t done) {
    NodeState state = replica_.state();
    state.report = report_;
    co_await plan_.checkpoints->add(done, context_.transport.rank(), std::move(state));
    if (plan_.checkpoints->leaves_out()) go_on_from_report();
  }

  // The state that the run goes on from, with all that was reported before.
  void take_up() {
    replica_.restore(resumed(), plan_.checkpoints->resumed_steps());
    report_ = resumed().report;
    compute_before_ = report_.compute;
  }

  // What has happened since the last step is not the training's: neither its time nor its messages.
  void go_on_from_report() {
    not_ours_ = context_.clock.now() - report_.step_ends.back();
    not_sent_for_it_ = context_.transport.sent() - report_.sent;
  }

  TimePoint now() const { return context_.clock.now() - not_ours_; }

  SentCounters sent() const { return context_.transport.sent() - not_sent_for_it_; }

  WorkerContext context_;
  const TrainingPlan& plan_;
  SampleSource samples_;
  std::optional<BackwardPlan> backward_;  // none: gradients are complete all at once
  bool sums_overlap_;
  ComputeInTurn in_turn_;
  Replica replica_;
  ComputeReducer reducer_;
  std::unique_ptr<Strategy> strategy_;
  SchedulePtr collection_;
  SchedulePtr barrier_;
  WorkerReport& report_;
  // Of a run that goes on, or has handed in a state; less than nothing where the clock began anew.
  Duration compute_before_{};
  Duration not_ours_{};
  SentCounters not_sent_for_it_;
};

}  // namespace

Task<void> run_worker(WorkerContext context, const TrainingPlan& plan, WorkerReport& report) {
  Worker worker(context, plan, report);
  co_await worker.run();
}

}  // namespace gradwire
