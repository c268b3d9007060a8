// A trained captioner puts pictures into words.
#pragma once

#include <span>
#include <vector>

#include "trainer/data/next_words.hpp"
#include "trainer/nn/model.hpp"

namespace gradwire {

/// How captions are looked for.
struct CaptionSearch {
  int width = 3;                ///< of the beam, at least 1: the likeliest word each time
  double length_penalty = 1.0;  ///< as DecodingOptions::length_penalty
  int no_repeat = 0;            ///< as DecodingOptions::no_repeat
  /// 0: the best caption is that of BeamSearch::best(). Else, of all that the beam completed, it is
  /// the one that agrees most with so many captions drawn at random, word by word as likely as the
  /// model finds them: minimum Bayes risk decoding (Kumar, Byrne, "Minimum Bayes-risk decoding for
  /// statistical machine translation", NAACL 2004; with samples as evidence: Eikema, Aziz, "Is MAP
  /// decoding all you need?", COLING 2020). See agreement().
  int samples = 0;
  /// So many captions more that may be chosen so, drawn at half the temperature: what a beam finds
  /// is likely, and much alike. With `samples` 0 they are not looked for.
  int drafts = 0;

  friend bool operator==(const CaptionSearch&, const CaptionSearch&) = default;
};

/// What a scenario or a user may ask rows_of() for.
inline constexpr int kCaptionRowsMax = 64;

/// Rows that a picture takes of a batch at most.
int rows_of(const CaptionSearch& search);

/// What the model says of each picture; never the unknown word. `pictures`: rows as
/// gather_picture() makes them. `rows_max`: of the model's batches, at least rows_of(search);
/// several pictures are looked at together. What is drawn is the same in every call.
std::vector<Words> write_captions(Model& model, const NextWords& words,
                                  std::span<const float> pictures, const CaptionSearch& search,
                                  int rows_max);

}  // namespace gradwire
