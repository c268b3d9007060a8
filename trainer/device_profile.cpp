#include "trainer/device_profile.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "netmodel/schedule.hpp"

namespace gradwire {
namespace {

// Forward and backward of ResNet-50 on an image of 224x224: three times the operations of
// scenarios/profiles/resnet-50.yaml.
constexpr double kResNet50 = 3 * 8.18e9;

constexpr const char* kAvx2 =
    "Linpack on a Xeon E5-2680 v3, whose vector units are alike: 5640 of 7404 TFLOP/s (Hazel Hen, "
    "TOP500, 11/2015)";
constexpr double kAvx2Share = 5640.0 / 7404.0;

constexpr std::array kDevices = {
    DeviceProfile{
        .name = "a100",
        .title = "NVIDIA A100, 40 GB, tensor cores in TF32",
        .peak_flops = 156e12,
        .efficiency = 938 * kResNet50 / 156e12,
        .memory_bytes = 1555e9,
        .peak_source = "NVIDIA A100 data sheet, 2020",
        .efficiency_source = "ResNet-50 in TF32, 938 images/s (NVIDIA, DeepLearningExamples, "
                             "ResNet50 v1.5 for PyTorch, 2021)",
    },
    DeviceProfile{
        .name = "gtx-1660-ti",
        .title = "NVIDIA GeForce GTX 1660 Ti",
        .peak_flops = 1536 * 2 * 1.77e9,
        .efficiency = 213 * kResNet50 / 10.1e12,
        .memory_bytes = 288e9,
        .peak_source =
            "NVIDIA GeForce GTX 1660 Ti specifications, 2019: 1536 lanes, boost 1.77 GHz",
        .efficiency_source = "ResNet-50 on an RTX 2080 of the same architecture: 213 images/s of "
                             "10.1 TFLOP/s (Lambda, RTX 2080 Ti benchmarks, 2018)",
    },
    DeviceProfile{
        .name = "i7-10870h",
        .title = "Intel Core i7-10870H, 8 cores at 2.2 GHz",
        .peak_flops = 8 * 32 * 2.2e9,
        .efficiency = kAvx2Share,
        .memory_bytes = 45.8e9,
        .peak_source = "Intel product specifications; 32 operations a cycle and core with AVX2",
        .efficiency_source = kAvx2,
    },
    DeviceProfile{
        .name = "i7-6500u",
        .title = "Intel Core i7-6500U, 2 cores at 2.5 GHz",
        .peak_flops = 2 * 32 * 2.5e9,
        .efficiency = kAvx2Share,
        .memory_bytes = 34.1e9,
        .peak_source = "Intel product specifications; 32 operations a cycle and core with AVX2",
        .efficiency_source = kAvx2,
    },
    // AMD made no 6367; a paper names it. The 6300 series of 16 cores at 2.3 GHz is the 6376.
    DeviceProfile{
        .name = "opteron-6367",
        .title = "AMD Opteron, taken for a 6376: 16 cores at 2.3 GHz",
        .peak_flops = 16 * 8 * 2.3e9,
        .efficiency = 831.4 / 1043.9,
        .memory_bytes = 4 * 8 * 1.866e9,
        .peak_source = "AMD Opteron 6300 quick reference; 16 operations a cycle and module of two "
                       "cores",
        .efficiency_source = "Linpack on Opterons 6276: 831.4 of 1043.9 TFLOP/s (Hermit, TOP500, "
                             "11/2011)",
    },
    DeviceProfile{
        .name = "raspberry-pi-4",
        .title = "Raspberry Pi 4 Model B, 4 cores at 1.5 GHz",
        .peak_flops = 4 * 8 * 1.5e9,
        .efficiency = 8.0 / 24.0,
        .memory_bytes = 4 * 3.2e9,
        .peak_source = "Raspberry Pi 4 product brief; 8 operations a cycle and Cortex-A72",
        .efficiency_source = "Linpack, 8 of 24 GFLOP/s in 64 bits (Feiereisen, Benchmarking the "
                             "Raspberry Pi 4, 2022)",
    },
};

// Reads and writes of each parameter by an update: itself twice, its gradient, and its state twice.
int words_of_update(const OptimizerSpec& optimizer) {
  constexpr int kWithoutState = 3;
  const int norm = optimizer.clip_norm > 0 ? 1 : 0;
  switch (optimizer.kind) {
    case OptimizerKind::sgd:
      return kWithoutState + norm + (optimizer.momentum > 0 ? 2 : 0);
    case OptimizerKind::nesterov:
      return kWithoutState + norm + 2;
    case OptimizerKind::adam:
    case OptimizerKind::adamw:
      return kWithoutState + norm + 4;
  }
  return kWithoutState;
}

}  // namespace

std::span<const DeviceProfile> device_profiles() { return kDevices; }

const DeviceProfile* find_device(std::string_view name) {
  const auto* const found = std::ranges::find(kDevices, name, &DeviceProfile::name);
  return found == kDevices.end() ? nullptr : found;
}

double usable_flops(const DeviceProfile& device) { return device.peak_flops * device.efficiency; }

Costs costs_on(const DeviceProfile& device, const ModelSpec& model, const OptimizerSpec& optimizer,
               int rows) {
  const double gradients = flops_per_sample(model) * rows / usable_flops(device);
  const double update = static_cast<double>(parameter_count(model) * kElementBytes) *
                        words_of_update(optimizer) / device.memory_bytes;
  // Each element that arrives is read, and so is what it is added to, and their sum is written.
  const double reduce_bits = device.memory_bytes * 8 / 3;
  return {StepCost({{rows, from_seconds(gradients)}}), from_seconds(update),
          BitsPerSecond{std::llround(reduce_bits)}};
}

}  // namespace gradwire
