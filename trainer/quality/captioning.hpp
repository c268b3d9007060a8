// A trained captioner puts pictures into words.
#pragma once

#include <span>
#include <vector>

#include "trainer/data/next_words.hpp"
#include "trainer/nn/model.hpp"

namespace gradwire {

/// Width of the beam in what is reported.
inline constexpr int kBeamWidth = 3;

/// What the model says of each picture, by a beam of this width, 1 being the likeliest word each
/// time; never the unknown word. `pictures`: rows as gather_picture() makes them. `rows_max`: of
/// the model's batches, at least `width`; several pictures are looked at together.
std::vector<Words> write_captions(Model& model, const NextWords& words,
                                  std::span<const float> pictures, int width, int rows_max);

}  // namespace gradwire
