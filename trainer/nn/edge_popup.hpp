// The edge-popup layer: Ramanujan, Wortsman, Kembhavi, Farhadi, Rastegari, "What's hidden in a
// randomly weighted neural network?", CVPR 2020. Weights stay as they were drawn; what is trained
// is a score for each, and only the weights with the highest scores take part.
#pragma once

#include <memory>
#include <vector>

#include "trainer/nn/layer.hpp"
#include "trainer/nn/linear_map.hpp"
#include "trainer/nn/model_spec.hpp"

namespace gradwire {

/// Parameters: the scores, one for each weight of the map. Frozen: the weights. No biases.
///
/// y = map(x) with the weights w m, m = 1 for the n - floor((1 - keep) n) weights with the highest
/// scores, the first among equals, and 0 for the others. The gradient of a score is that of its
/// masked weight times w, as if the mask were the score (straight-through; equation 5 there); with
/// ScoreRank::magnitude times the sign of the score, whose absolute value is ranked.
template <typename Scalar>
class EdgePopup final : public Layer<Scalar> {
 public:
  struct Options {
    double keep;  ///< in (0, 1]
    ScoreRank rank;
    Initialiser initialiser;  ///< of the weights
  };

  EdgePopup(std::unique_ptr<LinearMap<Scalar>> map, const Options& options);

  int inputs() const override { return map_->inputs(); }
  int outputs() const override { return map_->outputs(); }
  std::int64_t parameter_count() const override { return map_->weight_count(); }
  std::int64_t frozen_count() const override { return map_->weight_count(); }

  void bind(const LayerMemory<Scalar>& memory) override;

  /// Scores are uniform between -+1 / sqrt(fan in): the Kaiming uniform start with a = sqrt(5) of
  /// the authors' program (github.com/allenai/hidden-networks, simple_mnist_example.py).
  void initialise(RandomEngine& engine) override;

  void forward(const ForwardPass<Scalar>& pass) override;
  void backward(const BackwardPass<Scalar>& pass) override;

 private:
  void mask_weights();

  std::unique_ptr<LinearMap<Scalar>> map_;
  Options options_;
  std::size_t kept_;
  Scalar* scores_ = nullptr;
  Scalar* score_gradients_ = nullptr;
  Scalar* weights_ = nullptr;
  std::vector<Scalar> masked_;          // the weights that take part, 0 for the others
  std::vector<std::uint32_t> buckets_;  // how many scores begin with the same bits
  std::vector<Scalar> candidates_;      // those in the bucket of the threshold
};

}  // namespace gradwire
