// Layers one behind the other, with the buffers that lie between them: a network without its loss,
// or the inside of a block.
#pragma once

#include <memory>
#include <vector>

#include "trainer/nn/aligned_buffer.hpp"
#include "trainer/nn/layer.hpp"

namespace gradwire {

template <typename Scalar>
class Chain {
 public:
  /// Each layer's inputs are the outputs of the one before; at least one layer. Batches may have up
  /// to `max_rows` rows, at least 1.
  Chain(std::vector<std::unique_ptr<Layer<Scalar>>> layers, int max_rows);

  int inputs() const { return layers_.front()->inputs(); }
  int outputs() const { return layers_.back()->outputs(); }
  int max_rows() const { return max_rows_; }
  std::int64_t parameter_count() const;
  std::int64_t frozen_count() const;

  const std::vector<std::unique_ptr<Layer<Scalar>>>& layers() const { return layers_; }

  void bind(LayerMemory<Scalar> memory);

  /// The outputs of the last layer; `pass.outputs` is not used.
  const Scalar* forward(const ForwardPass<Scalar>& pass);

  /// What BackwardPass says; `pass.outputs` is not used. What is needed for neither a parameter nor
  /// the input gradient is not computed.
  void backward(const BackwardPass<Scalar>& pass);

 private:
  /// Whether the layer's outputs lie in the buffer of the one before.
  bool in_place(std::size_t layer) const { return outputs_[layer] == outputs_[layer - 1]; }

  std::vector<std::unique_ptr<Layer<Scalar>>> layers_;
  int max_rows_;
  std::size_t first_trained_;                   // the first layer with parameters
  std::vector<AlignedBuffer<Scalar>> buffers_;  // max_rows_ x outputs
  std::vector<Scalar*> outputs_;                // of each layer, in one of the buffers
  // The gradients of a layer's outputs and inputs take turns in these two.
  AlignedBuffer<Scalar> gradient_;
  AlignedBuffer<Scalar> next_gradient_;
};

}  // namespace gradwire
