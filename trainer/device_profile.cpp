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

// Each figure was read where its source says, not measured and not remembered; what was not found
// is called "not verified". A peak called derived is lanes or cores times clock times operations a
// cycle. Operations a cycle: stackoverflow.com/questions/15655835 (Intel), sobereva.com/281, which
// quotes it (AMD).
//
// top500.org/lists/2015/11, connect-professional.de, "Stuttgart erobert die Top 10": 15 424
// processors of 12 cores at 2.5 GHz, 5.64 PFLOP/s; 16 operations of 64 bits a cycle and core.
constexpr const char* kAvx2 =
    "Linpack on Xeons E5-2680 v3, whose vector units are alike: 5.64 PFLOP/s (Hazel Hen, TOP500, "
    "11/2015) of 7.40, derived from 15424 processors of 12 cores at 2.5 GHz";
constexpr double kAvx2Share = 5640e12 / (15424 * 12 * 16 * 2.5e9);

constexpr std::array kDevices = {
    // upb-pc2.atlassian.net, "NVIDIA A100 40GB with NVLINK": TF32 without sparsity, memory.
    // github.com/NVIDIA/DeepLearningExamples, TensorFlow/Classification/ConvNets/resnet50v1.5. On
    // 40 GB as well, PyTorch of 06/2020 trained 680 images/s; of 03/2021, on 80 GB, 938.
    DeviceProfile{
        .name = "a100",
        .title = "NVIDIA A100, 40 GB, tensor cores in TF32",
        .peak_flops = 156e12,
        .efficiency = 909 * kResNet50 / 156e12,
        .memory_bytes = 1555e9,
        .peak_source = "Paderborn Center for Parallel Computing, NVIDIA A100 40GB with NVLINK: 156 "
                       "TFLOP/s without sparsity, memory 1555 GB/s",
        .efficiency_source = "ResNet-50 in TF32 on 40 GB, 909 images/s (NVIDIA, "
                             "DeepLearningExamples, ResNet-50 v1.5 for TensorFlow, 06/2020)",
    },
    // guru3d.com, review of the GTX 1660 SUPER, page 5: lanes, clocks, 192 bits at 12 Gbit/s.
    // lambdalabs.com/blog/2080-ti-deep-learning-benchmarks: images/s. bit-tech.net, "Nvidia's
    // Turing architecture explained": lanes and boost of the RTX 2080. techpowerup.com, review of
    // the EVGA GTX 1660 Ti: the same lanes, but no tensor cores. Lambda used those where a device
    // has them; that they are of no use in 32 bits is not verified.
    DeviceProfile{
        .name = "gtx-1660-ti",
        .title = "NVIDIA GeForce GTX 1660 Ti",
        .peak_flops = 1536 * 2 * 1.77e9,
        .efficiency = 213 * kResNet50 / (2944 * 2 * 1.71e9),
        .memory_bytes = 288e9,
        .peak_source = "derived from 1536 lanes, boost 1.77 GHz, memory of 192 bits at 12 Gbit/s "
                       "(Guru3D, GTX 1660 SUPER review, 2019)",
        .efficiency_source = "ResNet-50 in 32 bits on an RTX 2080 of the same architecture: 213 "
                             "images/s (Lambda, RTX 2080 Ti Deep Learning Benchmarks, 2019) of "
                             "10.1 TFLOP/s, derived from 2944 lanes, boost 1.71 GHz (bit-tech)",
    },
    // github.com/toUpperCase78/intel-processors, intel_core_processors_v1_1.csv: cores and base.
    DeviceProfile{
        .name = "i7-10870h",
        .title = "Intel Core i7-10870H, 8 cores at 2.2 GHz",
        .peak_flops = 8 * 32 * 2.2e9,
        .efficiency = kAvx2Share,
        .memory_bytes = 45.8e9,
        .peak_source = "derived from 8 cores, base 2.2 GHz (toUpperCase78, Intel processors, 2020) "
                       "and 32 operations a cycle and core with AVX2 (Stack Overflow 15655835); "
                       "memory, 45.8 GB/s: not verified",
        .efficiency_source = kAvx2,
    },
    // en.wikichip.org/wiki/intel/core_i7/i7-6500u: cores, base, two channels of DDR4-2133,
    // 31.79 GiB/s.
    DeviceProfile{
        .name = "i7-6500u",
        .title = "Intel Core i7-6500U, 2 cores at 2.5 GHz",
        .peak_flops = 2 * 32 * 2.5e9,
        .efficiency = kAvx2Share,
        .memory_bytes = 34.1e9,
        .peak_source = "derived from 2 cores, base 2.5 GHz, memory 34.1 GB/s (WikiChip, Core "
                       "i7-6500U) and 32 operations a cycle and core with AVX2 (Stack Overflow "
                       "15655835)",
        .efficiency_source = kAvx2,
    },
    // A paper names a 6367; no list that we found has one. That it means a 6376, with two digits
    // swapped, is a guess. github.com/quattor/template-library-standard, hardware/cpu/amd: cores
    // and clock. punto-informatico.it, "AMD, gli Opteron per server sono Piledriver": memory.
    // silicon.de, "K Computer bleibt Supercomputer Nummer eins": 831 TFLOP/s. computerbase.de,
    // "Stuttgarts PetaFLOPS-Supercomputer Hermit": 1.045 PFLOP/s at best.
    DeviceProfile{
        .name = "opteron-6367",
        .title = "AMD Opteron, taken for a 6376: 16 cores at 2.3 GHz",
        .peak_flops = 16 * 8 * 2.3e9,
        .efficiency = 831.0 / 1045.0,
        .memory_bytes = 4 * 8 * 1.866e9,
        .peak_source = "a 6367 could not be verified; derived for a 6376 from 16 cores at 2.3 GHz "
                       "(Quattor, template library), 16 operations a cycle and module of two cores "
                       "(Sobereva, 2015), four channels of DDR3-1866 (Punto Informatico, 2012)",
        .efficiency_source = "Linpack on Opterons 6276: 831 TFLOP/s (Hermit, TOP500, 11/2011, in "
                             "silicon.de) of 1045 (ComputerBase, 2012)",
    },
    // issuu.com/28rduan, raspberrypi_beginnersguide_v3, page 236: cores, clock, memory.
    // github.com/raspberrypi/documentation, bcm2711.adoc: LPDDR4-2400, which were 9.6 GB/s.
    // euno.news, "New Raspberry Pi 4 Model Splits RAM": width. wlog.flatlib.jp/2015/10/30: 15.9
    // GFLOP/s of a core at 2 GHz, measured. dadul96.github.io/posts/hpl_benchmark_on_pi4: Linpack.
    DeviceProfile{
        .name = "raspberry-pi-4",
        .title = "Raspberry Pi 4 Model B, 4 cores at 1.5 GHz",
        .peak_flops = 4 * 8 * 1.5e9,
        .efficiency = 14.6 / 24.0,
        .memory_bytes = 4 * 3.2e9,
        .peak_source =
            "derived from 4 cores at 1.5 GHz, memory at 3200 MHz (The Official Raspberry "
            "Pi Beginner's Guide, appendix F), 32 bits wide (euno.news), and 8 "
            "operations a cycle and Cortex-A72 (flatlib, 2015); the maker's page of the "
            "BCM2711 has memory at 2400 MHz",
        .efficiency_source = "Linpack in 64 bits at 1.5 GHz: 14.6 of 24.0 GFLOP/s (dadul96, HPL "
                             "Benchmark on a Raspberry Pi 4B, 2022); another run, its clock not "
                             "given, got about 8 (Feiereisen, 2022)",
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
