#include "trainer/nn/rate_schedule.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "netmodel/check.hpp"

namespace gradwire {

std::string to_string(RateScheduleKind kind) {
  switch (kind) {
    case RateScheduleKind::constant:
      return "constant";
    case RateScheduleKind::step:
      return "step";
    case RateScheduleKind::cosine:
      return "cosine";
  }
  CHECK(false, "rate schedule {}", static_cast<int>(kind));
}

double rate_factor(const RateSchedule& schedule, std::int64_t step) {
  if (step < schedule.warm_up) {
    return static_cast<double>(step + 1) / static_cast<double>(schedule.warm_up);
  }
  switch (schedule.kind) {
    case RateScheduleKind::constant:
      return 1.0;
    case RateScheduleKind::step: {
      const auto stairs = step / schedule.every;
      return std::pow(schedule.factor, static_cast<double>(stairs));
    }
    case RateScheduleKind::cosine: {
      if (step >= schedule.total) return 0.0;
      const double done = static_cast<double>(step - schedule.warm_up) /
                          static_cast<double>(schedule.total - schedule.warm_up);
      return (1.0 + std::cos(std::numbers::pi * done)) / 2.0;
    }
  }
  CHECK(false, "rate schedule {}", static_cast<int>(schedule.kind));
}

void validate(const RateSchedule& schedule) {
  if (!(schedule.factor > 0 && schedule.factor <= 1)) {
    throw std::invalid_argument(fmt::format(
        "a rate schedule with factor {}; allowed: above 0, at most 1", schedule.factor));
  }
  if (schedule.every < 1 || schedule.total < 1 || schedule.warm_up < 0) {
    throw std::invalid_argument(fmt::format(
        "a rate schedule of every {}, {} in total, {} of warm-up; allowed: at least 1, 1 and 0",
        schedule.every, schedule.total, schedule.warm_up));
  }
}

}  // namespace gradwire
