// What training steps cost on this machine: measured once, kept in a file, cited in every result.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "netmodel/units.hpp"
#include "trainer/costs.hpp"
#include "trainer/data/dataset.hpp"
#include "trainer/device_profile.hpp"
#include "trainer/nn/model_spec.hpp"
#include "trainer/nn/optimizer.hpp"

namespace gradwire {

/// A calibration that cannot be used; what() is one line: which, what is wrong, and what to do.
class CalibrationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Costs that a run needs: of one model, at these batch sizes, with this optimizer; without a batch
/// size only the rate of sums.
struct CostNeed {
  ModelSpec model;
  OptimizerSpec optimizer;
  std::set<int> rows;
  /// What the steps are measured on, where their time depends on the samples, as that of captions
  /// does on their lengths; none: on random images.
  std::shared_ptr<const Dataset> data{};
};

class Calibration {
 public:
  /// An empty one of this machine.
  Calibration();

  /// Of a file; of this machine and empty when there is none. Throws CalibrationError for a file
  /// that is none, system_error for one that cannot be read.
  static Calibration load(const std::filesystem::path& file);
  /// Replaces the file in one go; makes its folder. Throws system_error.
  void save(const std::filesystem::path& file) const;

  /// The processor it was measured on, if that is not this machine's or computes with other
  /// instructions here.
  std::optional<std::string> other_processor() const;

  bool covers(const CostNeed& need) const;
  /// The batch sizes of the need whose gradients have no cost here.
  std::set<int> missing_rows(const CostNeed& need) const;
  /// Whether updates of the need's model by its optimizer have a cost here.
  bool has_update(const CostNeed& need) const;
  /// Throws CheckFailure unless covered and for at least one batch size.
  Costs costs(const CostNeed& need) const;

  void set_gradients(const ModelSpec& model, int rows, Duration cost);
  void set_update(const ModelSpec& model, const OptimizerSpec& optimizer, Duration cost);
  void set_reduce(BitsPerSecond rate) { reduce_ = rate; }
  const std::optional<BitsPerSecond>& reduce() const { return reduce_; }

  /// Only what these needs ask for, so that a result does not depend on what else was measured.
  Calibration restricted_to(const std::vector<CostNeed>& needs) const;

  /// Notes for text() that costs come from what is published of the device.
  void cite(const DeviceProfile& device) { cited_[std::string(device.name)] = &device; }

  /// JSON, as in the file, with what was cited.
  std::string text() const;

 private:
  struct ModelCosts {
    std::map<int, Duration> gradients;        // by rows
    std::map<std::string, Duration> updates;  // by signature()
  };

  std::string machine_;                       // JSON
  std::map<std::string, ModelCosts> models_;  // by signature()
  std::optional<BitsPerSecond> reduce_;
  std::map<std::string, const DeviceProfile*> cited_;
};

/// Where a calibration is kept unless the user names a file: gradwire/calibration.json in
/// $XDG_CACHE_HOME, or in ~/.cache.
std::filesystem::path default_calibration_file();

}  // namespace gradwire
