// Reads CIFAR-10 in its binary version (Krizhevsky, "Learning Multiple Layers of Features from Tiny
// Images", 2009; www.cs.toronto.edu/~kriz/cifar.html, "Binary version").
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "trainer/data/dataset.hpp"

namespace gradwire {

/// Of the 50 000 training images, red, green and blue: the constants in use since the ResNets of
/// github.com/kuangliu/pytorch-cifar (main.py, there with the deviations of whole images; these are
/// those of single pixels). Constants, so that a subset is scaled as the whole is.
inline constexpr std::array<PixelScale, 3> kCifar10Scale = {
    {{0.4914F, 0.2470F}, {0.4822F, 0.2435F}, {0.4465F, 0.2616F}}};

/// Colour images of 32 x 32 in ten classes. Training samples are those of all files whose names
/// begin with "data_batch" and end in ".bin", test samples those with "test_batch", in `folder` and
/// the folders directly in it, in the order of their names: the official files, or parts of them.
/// A record is a label, then 1024 red, 1024 green and 1024 blue pixels.
///
/// A limit, at least 1, keeps the first samples of a split; what comes after them is not read.
///
/// Throws DataError for a split without a file, a file that does not consist of whole records or
/// holds more than 1 GiB, a label above 9, and a limit beyond what there is.
Dataset load_cifar10(const std::filesystem::path& folder, std::optional<std::int64_t> train_limit,
                     std::optional<std::int64_t> test_limit);

}  // namespace gradwire
