// Images with several captions each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/data/dataset.hpp"
#include "trainer/data/vocabulary.hpp"

namespace gradwire {

struct CaptionedSplit {
  /// Pixels, or features that another network computed: then of one channel and one row.
  SampleShape shape;
  std::vector<PixelScale> scale{};           ///< one a channel; empty for features
  std::vector<std::uint8_t> pixels{};        ///< size() x shape.features(), or empty
  std::vector<float> features{};             ///< likewise
  std::vector<std::vector<Words>> captions;  ///< of each image, at least one

  std::int64_t size() const { return static_cast<std::int64_t>(captions.size()); }
};

struct CaptionedDataset {
  std::string name;
  CaptionedSplit train;
  CaptionedSplit validation;
  CaptionedSplit test;
};

}  // namespace gradwire
