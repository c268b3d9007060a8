// Photographs in folders, one a class: what torchvision calls an ImageFolder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "trainer/data/dataset.hpp"

namespace gradwire {

/// Of the training and the test split: the first so many pictures; none: all that there are.
struct SplitLimits {
  std::optional<std::int64_t> train{};
  std::optional<std::int64_t> test{};
};

/// Pictures are folder/train/CLASS/NAME.jpg (or .jpeg) and folder/test/CLASS/NAME.jpg, each brought
/// to `side` x `side` pixels; other files are not looked at. Classes are numbered in the order of
/// their names in train/. Pictures come in the order of their names, one of each class in turn, so
/// that the first ones are of all classes. Pixels are scaled by the constants of ImageNet.
///
/// Throws DataError for a folder that is missing, has no class, a class without a picture, or more
/// than 256 classes; a class in test/ that is not in train/; a limit beyond what there is; more
/// than 4 GiB of pixels in a split; and as read_jpeg() does.
Dataset load_image_folders(const std::filesystem::path& folder, int side,
                           const SplitLimits& limits);

}  // namespace gradwire
