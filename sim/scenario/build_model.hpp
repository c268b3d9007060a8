// What one point trains, from its settings.
#pragma once

#include "sim/scenario/point_settings.hpp"
#include "sim/scenario/scenario.hpp"

namespace gradwire {

Scenario::Model build_model(const PointSettings& settings);

}  // namespace gradwire
