// The description of a layer as a value, and what follows from it without building it: the shape of
// its outputs, its parameters, its cost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trainer/sample_shape.hpp"

namespace gradwire {

enum class Activation {
  relu,
  leaky_relu,  ///< x where x > 0, kLeakySlope x elsewhere
  tanh,
  sigmoid,
};

/// The slope below zero of Maas, Hannun, Ng, "Rectifier nonlinearities improve neural network
/// acoustic models", ICML 2013, and of torch.nn.LeakyReLU.
inline constexpr double kLeakySlope = 0.01;

enum class LayerKind {
  dense,       ///< y = x W + b over all features of a sample
  conv,        ///< 2-D cross-correlation with a square kernel, zeros around the image, and a bias
  max_pool,    ///< largest value of each window, channel by channel
  avg_pool,    ///< mean of each window, with the zeros around the image
  activation,  ///< value by value
  dropout,     ///< zeroes values at random in training, and scales the others up
  flatten,     ///< an image becomes a list of features
  residual,    ///< y = x + inside(x)
  embedding,   ///< a vector of `outputs` numbers for each token; see Embedding
  lstm,        ///< the last state, of `outputs` numbers, over a sequence of vectors; see Lstm
  merge,       ///< the sum of what branches make of their parts of a sample; see Merge
  branch,      ///< one of them
};

/// The side of a kernel that is not said.
inline constexpr int kUsualKernel = 3;

/// Only the members that the kind needs mean anything.
struct LayerSpec {
  LayerKind kind = LayerKind::flatten;
  int outputs = 0;  ///< features of dense, channels of conv; at least 1
  int window = 0;   ///< side of the kernel of conv and of the window of the pools; at least 1
  int stride = 1;   ///< of conv and the pools; at least 1
  int padding = 0;  ///< zeros on each side of the image; conv and the pools; less than the window
  Activation activation = Activation::relu;  ///< of activation
  double rate = 0.5;                         ///< of dropout: the share that is zeroed, in [0, 1)
  int vocabulary = 0;  ///< tokens of embedding, the padding among them; at least 2
  SampleShape part{};  ///< of branch: what it takes of a sample, after those before it
  /// Of residual: must keep the shape. Of merge: branches. Of branch: at least one layer.
  std::vector<LayerSpec> inside{};
  /// Of dense and conv. Set: an edge-popup layer, whose weights stay as they were drawn and which
  /// has no biases. It trains a score for each weight, and uses the weights with the highest
  /// scores, this share of all, in (0, 1].
  std::optional<double> keep{};

  friend bool operator==(const LayerSpec&, const LayerSpec&) = default;
};

LayerSpec dense(int outputs);
LayerSpec conv(int channels, int kernel, int stride = 1, int padding = 0);
LayerSpec max_pool(int window, int stride, int padding = 0);
LayerSpec avg_pool(int window, int stride, int padding = 0);
LayerSpec activation(Activation activation);
LayerSpec dropout(double rate);
LayerSpec flatten();
LayerSpec residual(std::vector<LayerSpec> inside);
LayerSpec embedding(int vocabulary, int width);
LayerSpec lstm(int units);
LayerSpec merge(std::vector<LayerSpec> branches);
LayerSpec branch(const SampleShape& part, std::vector<LayerSpec> inside);

/// "relu", "leaky-relu", "tanh", "sigmoid".
std::string to_string(Activation activation);

/// As in a scenario: "relu", "{conv: 20, kernel: 5}", "{residual: [{conv: 20}]}". What is usual is
/// left out: a convolution of kernel kUsualKernel, stride 1 and padding of half its kernel, rounded
/// down; a pool of the stride of its side and no padding.
std::string to_string(const LayerSpec& layer);
/// Likewise, without the brackets: "{dense: 100}, relu".
std::string to_string(const std::vector<LayerSpec>& layers);

/// Throws std::invalid_argument, saying what is allowed, for a number out of range, and where the
/// layer cannot take such inputs.
SampleShape output_shape(const LayerSpec& layer, const SampleShape& input);

/// What a layer, or a chain of layers, costs.
struct LayerCost {
  std::int64_t parameters = 0;  ///< that are trained
  std::int64_t values = 0;      ///< that a step keeps of one sample: the outputs of the layers
  double forward_flops = 0;     ///< of one sample
  double backward_flops = 0;    ///< of one sample

  LayerCost& operator+=(const LayerCost& other);
};

/// Operations are those of products and convolutions, a multiplication and an addition counting
/// two. The layer must be able to take such inputs. What computes no gradient of its inputs,
/// because nothing before it is trained, has less to do.
LayerCost cost_of(const LayerSpec& layer, const SampleShape& input, bool input_gradient);
LayerCost cost_of(const std::vector<LayerSpec>& layers, SampleShape input, bool input_gradient);

}  // namespace gradwire
