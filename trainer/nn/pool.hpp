// Pools: the largest value or the mean of each window of an image, channel by channel.
#pragma once

#include <memory>

#include "trainer/nn/layer.hpp"
#include "trainer/nn/windows.hpp"

namespace gradwire {

/// The first of equal values is the largest; the padding never is. As torch.nn.MaxPool2d.
template <typename Scalar>
std::unique_ptr<Layer<Scalar>> make_max_pool(const Windows& windows, int max_rows);

/// The zeros of the padding count. As torch.nn.AvgPool2d.
template <typename Scalar>
std::unique_ptr<Layer<Scalar>> make_avg_pool(const Windows& windows);

}  // namespace gradwire
