// Reads data sets in the IDX format of MNIST (LeCun, Cortes, Burges, "The MNIST database of
// handwritten digits", yann.lecun.com/exdb/mnist, "File formats").
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "trainer/data/dataset.hpp"

namespace gradwire {

/// Reads the images and labels of both splits from `folder`: train-images-idx3-ubyte,
/// train-labels-idx1-ubyte and the same two with t10k for the test split; each may end in ".gz",
/// and the spelling "-images.idx3-ubyte" is understood as well. The data set is named after the
/// folder; its classes are the largest training label plus one.
///
/// A limit, at least 1, keeps the first samples of a split; the images after them are not read.
///
/// Throws DataError for a file that is missing, cut off, damaged, longer than its header declares,
/// or declares more than 1 GiB; for a limit beyond what there is; and where labels and images, or
/// test and training, do not fit together. Memory is bounded by what is wanted, whatever a file
/// claims or expands to.
Dataset load_idx(const std::filesystem::path& folder, std::optional<std::int64_t> train_limit,
                 std::optional<std::int64_t> test_limit);

}  // namespace gradwire
