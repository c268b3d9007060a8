// A model that a worker trains: its parameters, and the step that turns a batch into gradients.
//
// All parameters lie in one buffer and all gradients in another, in the same order, so that an
// all-reduce or a parameter server works on plain ranges and knows nothing of layers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "netmodel/random_streams.hpp"
#include "trainer/nn/batch.hpp"
#include "trainer/nn/model_spec.hpp"

namespace gradwire {

/// Not thread-safe: one model a worker. The same calls give bit-identical results on every run on
/// one instruction set with one thread (see backend.hpp). No call allocates after the first step.
class Model {
 public:
  virtual ~Model() = default;

  /// Contiguous; at the same address as long as the model lives; zero until initialised.
  virtual std::span<float> parameters() = 0;

  /// Likewise, the same size; what the last train() wrote.
  virtual std::span<float> gradients() = 0;

  /// The weights that are never changed; those of edge-popup layers. Zero until initialised.
  virtual std::span<const float> frozen() = 0;

  /// Draws the weights from the stream "weights" and sets the biases to zero. What is random in a
  /// training step comes from the stream "dropout" of this node and the number of the step.
  virtual void initialise(const RandomStreams& streams, int node = 0) = 0;

  /// Goes on as after so many calls of train().
  virtual void set_steps_taken(std::int64_t steps) = 0;

  /// Forward and backward: overwrites gradients() with d(sum of sample losses *
  /// scale)/d(parameter). The mean over a global batch takes scale = 1 / its samples. A batch has
  /// at most `max_rows` rows; none at all gives zero gradients.
  virtual BatchResult train(const Batch& batch, float scale) = 0;

  /// Forward only; leaves gradients() as they are.
  virtual BatchResult evaluate(const Batch& batch) = 0;

  /// Features of a row.
  virtual int inputs() const = 0;

  /// Of the last train() or evaluate(): rows x classes, before any softmax.
  virtual std::span<const float> outputs() const = 0;
};

/// Batches may have up to `max_rows` rows. Throws std::invalid_argument for a spec that describes
/// no model, and for max_rows < 1.
std::unique_ptr<Model> make_model(const ModelSpec& spec, int max_rows);

}  // namespace gradwire
