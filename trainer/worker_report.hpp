// What a worker has to tell of a training.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "netmodel/transport.hpp"
#include "trainer/quality/score.hpp"

namespace gradwire {

struct WorkerReport {
  struct Epoch {
    TimePoint start{};
    TimePoint end{};
    double loss_sum = 0.0;  // over this worker's samples; 0 in a timing-only run
    std::int64_t samples = 0;
    std::optional<double> accuracy;  // rank 0 only
    std::vector<Score> scores{};     // likewise

    friend bool operator==(const Epoch&, const Epoch&) = default;
  };

  std::vector<Epoch> epochs;  // the last one may be cut short by the StepControl
  std::vector<TimePoint> step_ends;
  Duration compute{};
  PhaseTimes exchange;
  SentCounters sent;
  std::string weights_sha256;                  // after the last step; rank 0, or of its own part
  std::map<std::int64_t, std::string> hashes;  // by steps done; likewise
  std::vector<std::int64_t> confusion{};       // as in Quality, after the last epoch; rank 0 only

  friend bool operator==(const WorkerReport&, const WorkerReport&) = default;
};

}  // namespace gradwire
