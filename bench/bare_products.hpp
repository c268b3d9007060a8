// The products of one training step of a multilayer perceptron, and nothing else: no biases,
// activations or loss. What a training step is measured against.
#pragma once

#include <vector>

#include "trainer/nn/aligned_buffer.hpp"
#include "trainer/nn/gemm.hpp"

namespace gradwire {

class BareProducts {
 public:
  /// Layers of these widths, the inputs first.
  BareProducts(const std::vector<int>& widths, int rows) : rows_(rows) {
    for (const int width : widths) {
      values_.emplace_back(size(rows, width));
      gradients_.emplace_back(size(rows, width));
    }
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
      layers_.push_back({widths[i], widths[i + 1],
                         AlignedBuffer<float>(size(widths[i], widths[i + 1])),
                         AlignedBuffer<float>(size(widths[i], widths[i + 1]))});
    }
  }

  /// Forward and backward, the gradients of the weights in buffers of their own.
  void step() {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      Layer& layer = layers_[i];
      gemm<float>({rows_, layer.outputs, layer.inputs}, {values_[i].data()}, {layer.weights.data()},
                  values_[i + 1].data());
    }
    for (std::size_t i = layers_.size(); i-- > 0;) {
      Layer& layer = layers_[i];
      gemm<float>({layer.inputs, layer.outputs, rows_}, {values_[i].data(), true},
                  {gradients_[i + 1].data()}, layer.weight_gradients.data());
      if (i == 0) break;
      gemm<float>({rows_, layer.inputs, layer.outputs}, {gradients_[i + 1].data()},
                  {layer.weights.data(), true}, gradients_[i].data());
    }
  }

 private:
  struct Layer {
    int inputs;
    int outputs;
    AlignedBuffer<float> weights;
    AlignedBuffer<float> weight_gradients;
  };
  static std::size_t size(int rows, int columns) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  }

  int rows_;
  std::vector<AlignedBuffer<float>> values_;  // of the inputs and of each layer's outputs
  std::vector<AlignedBuffer<float>> gradients_;
  std::vector<Layer> layers_;
};

}  // namespace gradwire
