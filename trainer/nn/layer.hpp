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

/// What a layer's backward pass reads and writes; matrices are row-major.
template <typename Scalar>
struct BackwardPass {
  int rows;
  const Scalar* inputs;           ///< rows x inputs(), as forward read them
  const Scalar* outputs;          ///< rows x outputs(), as forward wrote them
  const Scalar* output_gradient;  ///< rows x outputs()
  Scalar* input_gradient;         ///< rows x inputs(), to overwrite; null: not wanted
};

template <typename Scalar>
class Layer {
 public:
  virtual ~Layer() = default;

  virtual int inputs() const = 0;   ///< features a row
  virtual int outputs() const = 0;  ///< features a row

  virtual std::int64_t parameter_count() const { return 0; }

  /// Hands the layer its parameter_count() parameters and as many gradients, once, before use.
  virtual void bind(Scalar* /*parameters*/, Scalar* /*gradients*/) {}

  /// Sets the parameters to their random start.
  virtual void initialise(RandomEngine& /*engine*/) {}

  /// inputs: rows x inputs(); outputs: rows x outputs(), overwritten; rows >= 1.
  virtual void forward(Phase phase, int rows, const Scalar* inputs, Scalar* outputs) = 0;

  /// Overwrites the bound gradients, and the input gradient if it is wanted.
  virtual void backward(const BackwardPass<Scalar>& pass) = 0;
};

}  // namespace gradwire
