// A chain of layers with a loss at its end, and the buffers that a step needs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "trainer/nn/aligned_buffer.hpp"
#include "trainer/nn/batch.hpp"
#include "trainer/nn/chain.hpp"
#include "trainer/nn/layer.hpp"
#include "trainer/nn/losses.hpp"
#include "trainer/nn/model_spec.hpp"

namespace gradwire {

template <typename Scalar>
class Network {
 public:
  /// The outputs of the last layer are the classes.
  Network(Chain<Scalar> layers, std::unique_ptr<Loss<Scalar>> loss);

  std::span<Scalar> parameters() { return parameters_.span(); }
  std::span<Scalar> gradients() { return gradients_.span(); }
  std::span<Scalar> frozen() { return frozen_.span(); }

  /// As in Model; every layer draws from the stream "weights" of its own place in the chain.
  void initialise(const RandomStreams& streams, int node = 0);
  void set_steps_taken(std::int64_t steps) { steps_taken_ = steps; }

  /// As Model::train and Model::evaluate; inputs: labels.size() x features, row-major.
  BatchResult train(std::span<const Scalar> inputs, std::span<const std::int32_t> labels,
                    Scalar scale);
  BatchResult evaluate(std::span<const Scalar> inputs, std::span<const std::int32_t> labels);
  int inputs() const { return layers_.inputs(); }
  std::span<const Scalar> outputs() const { return outputs_; }

 private:
  void check(std::span<const Scalar> inputs, std::span<const std::int32_t> labels) const;
  /// Fills output_gradient_ with the gradient of the loss.
  BatchResult forward(const ForwardPass<Scalar>& pass, std::span<const std::int32_t> labels,
                      Scalar scale);

  Chain<Scalar> layers_;
  std::unique_ptr<Loss<Scalar>> loss_;
  AlignedBuffer<Scalar> parameters_;
  AlignedBuffer<Scalar> gradients_;
  AlignedBuffer<Scalar> frozen_;
  AlignedBuffer<Scalar> output_gradient_;  ///< of the last layer
  std::span<const Scalar> outputs_;        ///< of the last forward pass, in layers_
  RandomStreams streams_{0};
  std::uint64_t node_ = 0;
  std::int64_t steps_taken_ = 0;
};

/// A network with random streams' weights still to be drawn. Throws std::invalid_argument as
/// make_model does.
template <typename Scalar>
Network<Scalar> make_network(const ModelSpec& spec, int max_rows);

}  // namespace gradwire
