// The embedding: a vector of trained numbers for each word of a vocabulary.
#pragma once

#include <memory>

#include "trainer/nn/layer.hpp"
#include "trainer/nn/sequence_mask.hpp"

namespace gradwire {

/// Inputs are tokens: whole numbers in [0, vocabulary), one a place. Outputs are their vectors, of
/// `width` numbers each. kPaddingToken has no vector: its outputs are zero and take no gradient, as
/// with padding_idx of torch.nn.Embedding. Parameters: vocabulary x width, row-major.
template <typename Scalar>
class Embedding final : public Layer<Scalar> {
 public:
  struct Options {
    int vocabulary;
    int width;
  };

  /// Each forward pass notes in `mask` where there are words.
  Embedding(const Options& options, std::shared_ptr<SequenceMask> mask)
      : options_(options), mask_(std::move(mask)) {}

  int inputs() const override { return mask_->length(); }
  int outputs() const override { return mask_->length() * options_.width; }
  std::int64_t parameter_count() const override {
    return std::int64_t{options_.vocabulary} * options_.width;
  }

  void bind(const LayerMemory<Scalar>& memory) override;

  /// Uniform between -+kBound.
  void initialise(RandomEngine& engine) override;

  void forward(const ForwardPass<Scalar>& pass) override;
  void backward(const BackwardPass<Scalar>& pass) override;

 private:
  /// The start of Keras (tf.keras.layers.Embedding, "uniform").
  static constexpr double kBound = 0.05;

  std::int32_t token_of(Scalar input) const;

  Options options_;
  std::shared_ptr<SequenceMask> mask_;
  Scalar* vectors_ = nullptr;
  Scalar* gradients_ = nullptr;
};

}  // namespace gradwire
