// What carries the messages of one point, from its settings.
#pragma once

#include "netmodel/tcp/settings.hpp"
#include "sim/scenario/point_settings.hpp"

namespace gradwire {

TransportModel build_transport(const PointSettings& settings);

}  // namespace gradwire
