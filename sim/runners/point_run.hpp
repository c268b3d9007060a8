// One repeat of one point as every mode gets it: a scenario turned into the trainer's and the
// network's terms.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "netmodel/topologies/shape.hpp"
#include "sim/calibration/calibration.hpp"
#include "sim/runners/data_source.hpp"
#include "sim/scenario/plan.hpp"
#include "trainer/training_plan.hpp"

namespace gradwire {

struct PointRun {
  Scenario scenario;
  int point = 0;
  int repeat = 0;
  /// Of the whole training.
  TrainingPlan training;
  std::shared_ptr<const Topology> topology;
  /// Steps that real modes run before they measure, and while they do; none: all are run.
  std::optional<Scenario::MeasureSteps> measure;
  /// As the training's checkpoints, for the runner; none: nothing is kept in between.
  std::shared_ptr<CheckpointFile> checkpoint_file{};
};

/// The seed of a repeat.
std::uint64_t seed_of(const Scenario& scenario, int repeat);

/// The training of a repeat as a value: without what its steps cost, and without data.
TrainingPlan training_of(const Scenario& scenario, int repeat, const DataSource::Shape& shape);

/// The network that a scenario describes. Flows choose among equal ways by the seed of the repeat.
NetworkSpec network_of(const Scenario& scenario, int repeat);

/// The measurements that a point's costs need; none when the scenario gives the cost of a step. The
/// model is what a node computes: with a partition by features its part, of the most features that
/// one has. Throws std::invalid_argument for a model that cannot be split so.
CostNeed cost_need(const Scenario& scenario, const DataSource::Shape& shape);

/// Of the results, for weights that are kept.
inline constexpr const char* kWeightsFolder = "weights";
/// Likewise, for checkpoints of unfinished repeats.
inline constexpr const char* kCheckpointsFolder = "checkpoints";
/// Likewise, the file of the resolved scenario, where somebody has to read it.
inline constexpr const char* kScenarioFile = "scenario.yaml";

/// "point-0-repeat-0.checkpoint".
std::string checkpoint_name(int point, int repeat);

/// What tells the checkpoints of a training from those of another: the same in every process.
std::string checkpoint_key(const TrainingPlan& training);

/// Lets the run keep checkpoints in the folder, which is made, and go on from one that is there, if
/// its scenario asks for some. Throws DataError for one that is damaged or of another training.
void keep_checkpoints(PointRun& run, const std::filesystem::path& folder,
                      Checkpoints::Earlier earlier);

/// Lets the run leave its weights behind in the folder, which is made, if its scenario asks for it.
void keep_weights(PointRun& run, const std::filesystem::path& folder);

/// Everything together. `calibration` covers the point's need; none for real modes, where steps
/// take the time they take. `with_data`: false leaves the data out, for timing only.
PointRun make_point_run(const Point& point, int repeat, DataSource& data,
                        const Calibration* calibration, bool with_data);

}  // namespace gradwire
