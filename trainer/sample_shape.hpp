// What one sample, or one layer's output for it, consists of.
#pragma once

namespace gradwire {

/// An image of channels x height x width; what is no image has one channel and one row.
struct SampleShape {
  int channels = 1;
  int height = 1;
  int width = 0;

  int features() const { return channels * height * width; }

  friend bool operator==(const SampleShape&, const SampleShape&) = default;
};

}  // namespace gradwire
