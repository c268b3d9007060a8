// A step of a network: turns a row of inputs into a row of outputs, and the gradient of the outputs
// into that of the inputs and of its parameters.
//
// Layers are templates over the scalar: float is what trains, double is what the gradient checks
// run, so that they check the shipped arithmetic.
#pragma once

#include <cstdint>

#include "netmodel/random_streams.hpp"

namespace gradwire {

/// What a forward pass is for; dropout, for one, does nothing in an evaluation.
enum class Phase { training, evaluation };

/// What a layer's forward pass reads and writes; matrices are row-major.
template <typename Scalar>
struct ForwardPass {
  Phase phase;
  int rows;                 ///< at least 1
  const Scalar* inputs;     ///< rows x inputs()
  Scalar* outputs;          ///< rows x outputs(), to overwrite
  std::uint64_t noise = 0;  ///< of this step: what random draws of it are made from
};

/// What a layer's backward pass reads and writes; matrices are row-major.
template <typename Scalar>
struct BackwardPass {
  int rows;
  const Scalar* inputs;           ///< rows x inputs(), as forward read them, unless in place
  const Scalar* outputs;          ///< rows x outputs(), as forward wrote them
  const Scalar* output_gradient;  ///< rows x outputs()
  Scalar* input_gradient;         ///< rows x inputs(), to overwrite; null: not wanted
};

/// Where a layer finds its numbers; whole layers lie behind each other.
template <typename Scalar>
struct LayerMemory {
  Scalar* parameters;  ///< parameter_count()
  Scalar* gradients;   ///< parameter_count()
  Scalar* frozen;      ///< frozen_count(): drawn once and never changed
};

/// The features of a row are in the order of the layer's shape: an image is height x width x
/// channels, because convolutions are fastest so.
template <typename Scalar>
class Layer {
 public:
  virtual ~Layer() = default;

  virtual int inputs() const = 0;   ///< features a row
  virtual int outputs() const = 0;  ///< features a row

  /// Whether outputs may lie where the inputs do, and the input gradient where the output gradient
  /// does: each number depends on the one in its place alone.
  virtual bool works_in_place() const { return false; }
  /// Whether backward() reads BackwardPass::outputs.
  virtual bool keeps_outputs() const { return false; }

  virtual std::int64_t parameter_count() const { return 0; }
  virtual std::int64_t frozen_count() const { return 0; }

  /// Hands the layer its memory, once, before use.
  virtual void bind(const LayerMemory<Scalar>& /*memory*/) {}

  /// Sets parameters and frozen numbers to their random start.
  virtual void initialise(RandomEngine& /*engine*/) {}

  virtual void forward(const ForwardPass<Scalar>& pass) = 0;

  /// Of the last forward pass in training. Overwrites the bound gradients, and the input gradient
  /// if it is wanted.
  virtual void backward(const BackwardPass<Scalar>& pass) = 0;
};

}  // namespace gradwire
