// Other machines than this one: what their makers and others have published of their speed. None of
// these figures was measured by us.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "trainer/costs.hpp"
#include "trainer/nn/model_spec.hpp"
#include "trainer/nn/optimizer.hpp"

namespace gradwire {

/// A device as a whole, with all its cores.
struct DeviceProfile {
  std::string_view name;   ///< in a scenario: "raspberry-pi-4"
  std::string_view title;  ///< "Raspberry Pi 4 Model B, 4 x Cortex-A72 at 1.5 GHz"
  double peak_flops;       ///< 32-bit floating-point operations a second, at best
  double efficiency;       ///< share of them that dense arithmetic gets
  double memory_bytes;     ///< a second, at best
  std::string_view peak_source;
  std::string_view efficiency_source;
};

/// All there are, by name.
std::span<const DeviceProfile> device_profiles();

/// None for an unknown name.
const DeviceProfile* find_device(std::string_view name);

/// Operations a second that a training gets.
double usable_flops(const DeviceProfile& device);

/// What training steps of so many rows cost on the device: gradients by their operations; updates
/// and sums, which do next to no arithmetic, by the memory that they read and write at best.
Costs costs_on(const DeviceProfile& device, const ModelSpec& model, const OptimizerSpec& optimizer,
               int rows);

}  // namespace gradwire
