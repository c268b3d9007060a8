// A chain of layers with a loss at its end, and the buffers that a step needs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "trainer/nn/aligned_buffer.hpp"
#include "trainer/nn/batch.hpp"
#include "trainer/nn/layer.hpp"
#include "trainer/nn/losses.hpp"
#include "trainer/nn/model_spec.hpp"

namespace gradwire {

template <typename Scalar>
class Network {
 public:
  /// Each layer's inputs are the outputs of the one before; the outputs of the last are the
  /// classes. Batches may have up to `max_rows` rows, at least 1.
  Network(std::vector<std::unique_ptr<Layer<Scalar>>> layers, std::unique_ptr<Loss<Scalar>> loss,
          int max_rows);

  std::span<Scalar> parameters() { return parameters_.span(); }
  std::span<Scalar> gradients() { return gradients_.span(); }

  /// Every layer draws from the stream "weights" of its own place in the chain.
  void initialise(const RandomStreams& streams);

  /// As Model::train and Model::evaluate; inputs: labels.size() x features, row-major.
  BatchResult train(std::span<const Scalar> inputs, std::span<const std::int32_t> labels,
                    Scalar scale);
  BatchResult evaluate(std::span<const Scalar> inputs, std::span<const std::int32_t> labels);

 private:
  void check(std::span<const Scalar> inputs, std::span<const std::int32_t> labels) const;
  /// Fills outputs_, and the back of the gradient scratch with the gradient of the loss.
  BatchResult forward(Phase phase, std::span<const Scalar> inputs,
                      std::span<const std::int32_t> labels, Scalar scale);
  void backward(const Scalar* inputs, int rows);

  std::vector<std::unique_ptr<Layer<Scalar>>> layers_;
  std::unique_ptr<Loss<Scalar>> loss_;
  int max_rows_;
  AlignedBuffer<Scalar> parameters_;
  AlignedBuffer<Scalar> gradients_;
  std::vector<AlignedBuffer<Scalar>> outputs_;  ///< of each layer, max_rows_ x its outputs
  AlignedBuffer<Scalar> output_gradient_;       ///< of the layer that backward is at
  AlignedBuffer<Scalar> input_gradient_;        ///< likewise; then swapped with the other
};

/// A network with random streams' weights still to be drawn. Throws std::invalid_argument as
/// make_model does.
template <typename Scalar>
Network<Scalar> make_network(const ModelSpec& spec, int max_rows);

}  // namespace gradwire
