#include "tests/sim/runners/made_up.hpp"

#include "tests/sim/scenario/load.hpp"

namespace gradwire {

using namespace std::chrono_literals;

Calibration made_up_calibration(const std::vector<CostNeed>& needs) {
  Calibration calibration;
  calibration.set_reduce(BitsPerSecond{80'000'000'000});
  for (const CostNeed& need : needs) {
    for (const int rows : need.rows) calibration.set_gradients(need.model, rows, rows * 10us);
    if (!need.rows.empty()) calibration.set_update(need.model, need.optimizer, 50us);
  }
  return calibration;
}

std::string tiny_scenario(const std::string& network) {
  return headed(
      "model: {hidden: [16]}\n"
      "data: {kind: digits, train: 96, test: 50}\n"
      "training: {batch: {per_node: 8}, epochs: 2, optimizer: {rate: 0.1}}\n"
      "network: " +
      network + "\n");
}

MadeUpRun::MadeUpRun(std::string_view scenario, const std::vector<std::string>& overrides)
    : plan(load(scenario, overrides)), calibration(made_up_calibration(cost_needs(plan, data))) {}

ResultStore& MadeUpRun::store(Mode mode) {
  auto& store = mode == Mode::local ? local_store_ : virtual_store_;
  if (!store) {
    store = ResultStore::open(folder_.path() / to_string(mode),
                              describe_run(plan, mode, calibration, cost_needs(plan, data)));
  }
  return *store;
}

std::vector<RepeatResult> MadeUpRun::run(const SweepOptions& options) {
  run_sweep(plan, data, calibration, store(options.mode), options);
  return store(options.mode).repeats();
}

RepeatResult run_once(std::string_view scenario, const std::vector<std::string>& overrides,
                      Mode mode) {
  MadeUpRun once(scenario, overrides);
  SweepOptions options;
  options.mode = mode;
  return once.run(options).at(0);
}

}  // namespace gradwire
