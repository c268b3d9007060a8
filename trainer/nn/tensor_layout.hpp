// How PyTorch names and orders the numbers of a model: torch.nn.Linear, Conv2d, Embedding and LSTM
// in a torch.nn.Sequential, so that weights can be exchanged with it.
//
// A tensor is named after the place of its layer in the list of the model, from 0, and what it is:
// "0.weight", "0.bias"; inside of a residual block "3.0.weight"; of a layer in the second branch of
// a merge "0.1.2.weight". VGG16 has the names of torchvision: "features.0.weight" up to
// "classifier.6.bias".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trainer/nn/model_spec.hpp"

namespace gradwire {

struct TensorPlace {
  enum class Content {
    trained,  ///< Model::parameters()
    frozen,   ///< Model::frozen()
    added,    ///< to what another tensor has put there; its own numbers are zeros when written
  };

  std::string name;
  std::vector<std::int64_t> shape;  ///< in PyTorch
  std::int64_t offset = 0;          ///< where its numbers begin
  Content content = Content::trained;
  std::vector<std::int64_t> sizes;  ///< here, outermost first
  std::vector<int> axes;            ///< of `sizes`: in the order of PyTorch, outermost first

  std::int64_t count() const;
};

/// Every parameter and every frozen number of a model that validate() accepts and that has layers,
/// in the order of their offsets; the output layer comes last.
std::vector<TensorPlace> tensor_layout(const ModelSpec& spec);

/// The numbers of a tensor, in PyTorch's order, out of all those of the model with its content.
std::vector<float> tensor_values(const TensorPlace& place, std::span<const float> all);

/// The other way: puts them where they belong, or adds them.
void place_tensor(const TensorPlace& place, std::span<const float> values, std::span<float> all);

}  // namespace gradwire
