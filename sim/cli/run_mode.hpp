// Runs a prepared scenario into a results folder, as `run` and `compare` do.
#pragma once

#include <filesystem>
#include <functional>

#include "sim/cli/prepare.hpp"

namespace gradwire {

struct RunModeOptions {
  Mode mode = Mode::virtual_time;
  std::filesystem::path folder;
  /// Repeats at the same time; virtual mode only.
  int jobs = 1;
  /// What shapes the links: auto, tc or builtin; Mode::netns only.
  std::string shaper = "auto";
  /// How long a worker's process may be silent before it counts as hanging.
  Duration patience = std::chrono::seconds(15);
  /// Told about every repeat as it is finished, from one thread at a time.
  std::function<void(const RunDescription&, const RepeatResult&)> finished;
};

/// Runs every repeat that the folder does not have yet, with its progress on standard error. A
/// signal or an error that ends it says how far it came. Throws what ResultStore::open() and
/// run_sweep() throw.
ResultStore run_mode(Prepared& prepared, const RunModeOptions& options);

}  // namespace gradwire
