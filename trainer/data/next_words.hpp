// Captions as samples: one next word a sample. A sample is a picture, the words of one of its
// captions so far, and the word that follows; a caption of n words gives n + 1 of them, the last of
// which asks for the end. So does the captioner of Tanti, Gatt, Camilleri (see models.hpp) see its
// data, and so are its samples counted, shuffled, shared among nodes and timed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "trainer/data/captions.hpp"
#include "trainer/data/vocabulary.hpp"

namespace gradwire {

/// The next words of the captions of one split, by picture, caption and place.
class NextWords {
 public:
  /// `length`: of the words so far, the start word among them, at least 1; what comes later in a
  /// longer caption is no sample. Words that are not in the vocabulary are Vocabulary::kUnknown.
  NextWords(std::vector<std::vector<Words>> captions, const Vocabulary& vocabulary, int length);

  struct Sample {
    std::int64_t picture;                 ///< of the captions, in their order
    std::span<const std::int32_t> words;  ///< so far: Vocabulary::kStart, words; 1 to length()
    std::int32_t next;
  };

  std::int64_t size() const { return static_cast<std::int64_t>(places_.size()); }
  int length() const { return length_; }
  Sample at(std::int64_t index) const;

  /// What people said, by picture.
  const std::vector<std::vector<Words>>& captions() const { return captions_; }

  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  struct Place {
    std::int32_t picture;
    std::int32_t begin;  // of the caption in words_
    std::int32_t count;  // of words so far
  };

  std::vector<std::vector<Words>> captions_;
  Vocabulary vocabulary_;
  int length_;
  std::vector<std::int32_t> words_;  // of all captions, one behind the other
  std::vector<Place> places_;
};

struct NextWordOptions {
  /// Rarer words of the training captions are unknown words, at least 1.
  int minimum_count = 1;
  /// NextWords::length; none: as many as the longest training caption has, and the start word.
  std::optional<int> length{};
  /// The pictures of each split are exchanged among their captions, so that they say nothing about
  /// them: the control for what a captioner sees. Drawn from the stream "shuffle" of `seed`.
  bool shuffled = false;
  std::uint64_t seed = 1;
};

/// The training and the test split, with the vocabulary of the former; `train` and `test`: the
/// first so many pictures of each; none, or more than there are: all. Throws DataError if a split
/// has no picture.
Dataset make_next_words(CaptionedDataset data, std::optional<std::int64_t> train,
                        std::optional<std::int64_t> test, const NextWordOptions& options);

/// gather() for a split of next words. Each row is the picture, then its words and
/// Vocabulary::kPadding up to the length. Rows with more words come first, which an LSTM is quicker
/// with; else in the order of the indices.
void gather_next_words(const Split& split, std::span<const std::int64_t> indices,
                       std::vector<float>& inputs, std::vector<std::int32_t>& labels);

/// One picture of a split as gather() has it: Split::shape.features() numbers.
void gather_picture(const Split& split, std::int64_t picture, float* inputs);

}  // namespace gradwire
