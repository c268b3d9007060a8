// Measures what training steps cost on this machine, one thread, as the workers do them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sim/calibration/calibration.hpp"

namespace gradwire {

/// Is told a line about what is being done.
using CalibrationReport = std::function<void(const std::string&)>;

/// Adds to the calibration what it lacks of these needs, and changes nothing that it has. Takes
/// about half a second for each batch size. `report` is told a line for each model. Throws
/// CalibrationError if something is missing and the calibration is of another machine.
void measure_missing(Calibration& calibration, const std::vector<CostNeed>& needs,
                     const CalibrationReport& report);

/// The calibration of a file with all that these needs ask for; what is missing is measured and
/// kept in the file, by one process at a time. Throws as measure_missing(), Calibration::load() and
/// save() do.
Calibration calibrate(const std::filesystem::path& file, const std::vector<CostNeed>& needs,
                      const CalibrationReport& report);

}  // namespace gradwire
