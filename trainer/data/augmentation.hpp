// Samples changed at random while they are trained on, so that a model sees hardly any of them
// twice alike.
#pragma once

#include <span>
#include <string>

#include "netmodel/random_streams.hpp"
#include "trainer/sample_shape.hpp"

namespace gradwire {

struct Augmentation {
  double flip = 0;  ///< probability that a picture is mirrored, left to right; in [0, 1]
  int shift = 0;    ///< pixels that a picture is moved at most, in each direction; at least 0
  /// Of captions: probability that no word is left of those before the next word, in [0, 1]. The
  /// picture alone is then asked for it. Word dropout (Bowman et al., "Generating sentences from a
  /// continuous space", CoNLL 2016, section 3.1), but of all the words together.
  double hide_words = 0;

  bool moves_pixels() const { return flip > 0 || shift > 0; }
  bool does_something() const { return moves_pixels() || hide_words > 0; }

  friend bool operator==(const Augmentation&, const Augmentation&) = default;
};

/// Everything in it: equal only for equal ones.
std::string identity(const Augmentation& augmentation);

/// Throws std::invalid_argument, saying what is allowed, where pixels are to be moved and samples
/// are features instead of pictures.
void check_can_augment(const Augmentation& augmentation, const SampleShape& sample);

/// Changes rows of `row` numbers in place: each a picture, and behind it the words of a caption so
/// far or nothing. Every picture is mirrored or not, then moved down and right by two whole numbers
/// that are equally likely between -shift and shift; the pixels of its edge fill what becomes free.
/// As torchvision's RandomHorizontalFlip and RandomCrop with the padding mode "edge". Hidden words
/// become Vocabulary::kPadding.
void augment(const Augmentation& augmentation, const SampleShape& picture, int row,
             std::span<float> inputs, RandomEngine engine);

}  // namespace gradwire
