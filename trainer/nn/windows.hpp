// How windows lie on an image: what convolutions and pools have in common.
#pragma once

#include "trainer/sample_shape.hpp"

namespace gradwire {

/// Square windows on the input image, one for each pixel of the output image. Images are height x
/// width x channels in memory.
struct Windows {
  SampleShape input;
  SampleShape output;
  int side;
  int stride;
  int padding;

  /// Where the window of output row or column `place` begins; below zero in the padding.
  int first(int place) const { return place * stride - padding; }

  /// Calls visit(tap, output_pixel, input_pixel) for each place of the window that is on the image:
  /// `tap` counts the places of a window by rows, a pixel is its number in the image by rows.
  template <typename Visit>
  void for_each_tap(Visit visit) const {
    for (int y = 0; y < output.height; ++y) {
      for (int x = 0; x < output.width; ++x) visit_window(y, x, visit);
    }
  }

 private:
  template <typename Visit>
  void visit_window(int y, int x, Visit& visit) const {
    for (int i = 0; i < side; ++i) {
      const int row = first(y) + i;
      if (row < 0 || row >= input.height) continue;
      for (int j = 0; j < side; ++j) {
        const int column = first(x) + j;
        if (column < 0 || column >= input.width) continue;
        visit(i * side + j, y * output.width + x, row * input.width + column);
      }
    }
  }
};

}  // namespace gradwire
