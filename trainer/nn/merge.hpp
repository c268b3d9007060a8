// The merge of branches by addition.
#pragma once

#include <vector>

#include "trainer/nn/aligned_buffer.hpp"
#include "trainer/nn/chain.hpp"
#include "trainer/nn/layer.hpp"

namespace gradwire {

/// The features of a row are those of the first branch, then those of the second, and so on; the
/// outputs are the sum of the outputs of all branches, which have as many each. In evaluation, a
/// branch looks but once at rows in a row whose features for it are the same: the picture of a
/// caption, again with each of its words.
template <typename Scalar>
class Merge final : public Layer<Scalar> {
 public:
  explicit Merge(std::vector<Chain<Scalar>> branches);

  int inputs() const override;
  int outputs() const override { return branches_.front().outputs(); }
  std::int64_t parameter_count() const override;
  std::int64_t frozen_count() const override;

  void bind(const LayerMemory<Scalar>& memory) override;
  void initialise(RandomEngine& engine) override;

  void forward(const ForwardPass<Scalar>& pass) override;
  void backward(const BackwardPass<Scalar>& pass) override;

 private:
  int take_features(const ForwardPass<Scalar>& pass, std::size_t branch, int first);

  std::vector<Chain<Scalar>> branches_;
  std::vector<AlignedBuffer<Scalar>> features_;   // of each branch
  std::vector<AlignedBuffer<Scalar>> gradients_;  // of them
  std::vector<int> places_;                       // of rows among those that a branch looks at
};

}  // namespace gradwire
