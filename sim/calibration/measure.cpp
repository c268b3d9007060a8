#include "sim/calibration/measure.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cerrno>
#include <numeric>
#include <random>
#include <system_error>

#include "netmodel/steady_clock.hpp"
#include "netmodel/task_group.hpp"
#include "trainer/pool_compute.hpp"
#include "trainer/replica.hpp"

namespace gradwire {
namespace {

constexpr Duration kMeasureTime = std::chrono::milliseconds(400);
constexpr std::size_t kLeastSteps = 21;
constexpr int kWarmupSteps = 5;
constexpr std::int64_t kSplitSize = 8192;  // larger than the caches that a gather would profit from
constexpr std::size_t kReduceElements = 1 << 18;  // 1 MiB, the size of a large chunk

// The mean is what adds up to the time of a training; without the slowest hundredth, which is other
// programs' doing.
Duration typical(std::vector<Duration> values) {
  std::sort(values.begin(), values.end());
  values.resize(values.size() - values.size() / 100);
  return std::accumulate(values.begin(), values.end(), Duration{}) /
         static_cast<std::int64_t>(values.size());
}

std::shared_ptr<const Dataset> random_data(const ModelSpec& model) {
  std::mt19937_64 random(1);
  Dataset data;
  data.name = "random";
  data.train.shape.width = model.input.features();
  data.train.classes = class_count(model);
  data.train.pixels.resize(static_cast<std::size_t>(kSplitSize * data.train.shape.features()));
  for (auto& pixel : data.train.pixels) pixel = static_cast<std::uint8_t>(random());
  for (std::int64_t i = 0; i < kSplitSize; ++i) {
    data.train.labels.push_back(static_cast<std::uint8_t>(i % data.train.classes));
  }
  data.test = data.train;
  return std::make_shared<const Dataset>(std::move(data));
}

struct StepTimes {
  std::vector<Duration> gradients;
  std::vector<Duration> updates;
};

Task<void> measure_steps(const TrainingPlan& plan, Compute& compute, SteadyClock& clock,
                         StepTimes& times) {
  Replica replica(plan, 0, compute, clock, plan.samples.global_batch);
  std::mt19937_64 random(2);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(plan.samples.global_batch));
  for (int i = 0; i < kWarmupSteps; ++i) {
    co_await replica.compute_gradients(indices, plan.samples.global_batch);
    co_await replica.update();
  }
  const auto samples = static_cast<std::uint64_t>(plan.samples.samples);
  const TimePoint start = clock.now();
  while (times.updates.size() < kLeastSteps || clock.now() - start < kMeasureTime) {
    for (auto& index : indices) index = static_cast<std::int64_t>(random() % samples);
    const TimePoint begin = clock.now();
    co_await replica.compute_gradients(indices, plan.samples.global_batch);
    const TimePoint middle = clock.now();
    co_await replica.update();
    times.gradients.push_back(middle - begin);
    times.updates.push_back(clock.now() - middle);
  }
}

// The steps of a worker that is alone on this machine, as workers take them in real time.
StepTimes measure_steps(const CostNeed& need, int rows,
                        const std::shared_ptr<const Dataset>& data) {
  OptimizerSpec harmless = need.optimizer;
  harmless.rate = 1e-12;  // weights that stay as they are, however many steps are taken
  const TrainingPlan plan{.model = need.model,
                          .optimizer = harmless,
                          .strategy = SingleNode{},
                          .samples = {.samples = data->train.size(),
                                      .global_batch = rows,
                                      .training_nodes = 1,
                                      .epochs = 1,
                                      .fixed_steps = {}},
                          .costs = {},
                          .seed = 1,
                          .data = data,
                          .hashed_steps = {}};
  SteadyClock clock;
  boost::asio::io_context context(1);
  boost::asio::thread_pool pool(1);
  PoolCompute compute(pool, context.get_executor());
  StepTimes times;
  TaskGroup group(context.get_executor());
  group.spawn(measure_steps(plan, compute, clock, times));
  context.run();
  if (group.first_error()) std::rethrow_exception(group.first_error());
  return times;
}

BitsPerSecond measure_reduce() {
  const SteadyClock clock;
  std::vector<float> sum(kReduceElements, 1.0F);
  const std::vector<std::vector<float>> pieces(16, std::vector<float>(kReduceElements, 0.5F));
  std::vector<Duration> times;
  for (int round = 0; round < 8; ++round) {
    for (const auto& piece : pieces) {
      const TimePoint begin = clock.now();
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += piece[i];
      times.push_back(clock.now() - begin);
    }
  }
  const double bits = static_cast<double>(kReduceElements) * sizeof(float) * 8;
  return {static_cast<std::int64_t>(bits / to_seconds(typical(times)))};
}

void measure_need(Calibration& calibration, const CostNeed& need) {
  const auto data = need.data ? need.data : random_data(need.model);
  const std::set<int> missing = calibration.missing_rows(need);
  for (const int rows : need.rows) {
    // Does not depend on the rows; the largest batch is the one that is trained with.
    const bool for_update = rows == *need.rows.rbegin() && !calibration.has_update(need);
    if (!missing.contains(rows) && !for_update) continue;
    const StepTimes times = measure_steps(need, rows, data);
    if (missing.contains(rows))
      calibration.set_gradients(need.model, rows, typical(times.gradients));
    if (for_update) calibration.set_update(need.model, need.optimizer, typical(times.updates));
  }
}

// The needs that are not covered, one for all batch sizes of a model and its optimizer.
std::vector<CostNeed> uncovered(const Calibration& calibration,
                                const std::vector<CostNeed>& needs) {
  std::vector<CostNeed> merged;
  for (const CostNeed& need : needs) {
    if (need.rows.empty() || calibration.covers(need)) continue;
    const auto same = std::find_if(merged.begin(), merged.end(), [&need](const CostNeed& other) {
      return other.model == need.model && other.optimizer == need.optimizer;
    });
    if (same == merged.end()) {
      merged.push_back(need);
    } else {
      same->rows.insert(need.rows.begin(), need.rows.end());
    }
  }
  return merged;
}

// Holds FILE.lock until it is destroyed, so that no two processes measure at once and disturb each
// other, or replace each other's measurements.
class MeasuringLock {
 public:
  MeasuringLock(const std::filesystem::path& calibration_file, const CalibrationReport& report) {
    std::error_code seen_below;
    std::filesystem::create_directories(calibration_file.parent_path(), seen_below);
    const std::string path = calibration_file.string() + ".lock";
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file_ < 0) {
      throw std::system_error(errno, std::generic_category(),
                              calibration_file.string() + ": cannot write");
    }
    if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    report("waiting for another calibration to end");
    while (::flock(file_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~MeasuringLock() { ::close(file_); }
  MeasuringLock(const MeasuringLock&) = delete;
  MeasuringLock& operator=(const MeasuringLock&) = delete;

 private:
  int file_;
};

bool covers_all(const Calibration& calibration, const std::vector<CostNeed>& needs) {
  return std::all_of(needs.begin(), needs.end(),
                     [&](const CostNeed& need) { return calibration.covers(need); });
}

}  // namespace

void measure_missing(Calibration& calibration, const std::vector<CostNeed>& needs,
                     const CalibrationReport& report) {
  if (covers_all(calibration, needs)) return;
  if (const auto other = calibration.other_processor()) {
    throw CalibrationError(
        fmt::format("the calibration is of another machine ({}) and lacks what this scenario "
                    "needs; name another file with --calibration, or begin anew with sim "
                    "calibrate --again",
                    *other));
  }
  if (!calibration.reduce()) calibration.set_reduce(measure_reduce());
  for (const CostNeed& need : uncovered(calibration, needs)) {
    report(fmt::format("calibrating {} on this machine", signature(need.model)));
    measure_need(calibration, need);
  }
}

Calibration calibrate(const std::filesystem::path& file, const std::vector<CostNeed>& needs,
                      const CalibrationReport& report) {
  Calibration calibration = Calibration::load(file);
  if (!covers_all(calibration, needs)) {
    const MeasuringLock lock(file, report);
    calibration = Calibration::load(file);
    measure_missing(calibration, needs, report);
    calibration.save(file);
    report(fmt::format("calibration kept in {}", file.string()));
  } else if (const auto other = calibration.other_processor()) {
    report(fmt::format("the costs of steps are those of another machine: {}", *other));
  }
  return calibration;
}

}  // namespace gradwire
