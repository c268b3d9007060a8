// The named models, as lists of layers without the output layer, which has an output for each
// class.
#pragma once

#include <vector>

#include "trainer/nn/layer_spec.hpp"

namespace gradwire {

/// The convolutional net of Viviano Riccardo, "Distributed edge-popup" (Sapienza): a convolution of
/// 20 channels and a pool, two residual blocks of 40 and 20 channels, a dense layer of 100, leaky
/// ReLU between them. The side of its kernels is not legible there.
std::vector<LayerSpec> residual_net(int kernel);

/// VGG16: Simonyan, Zisserman, "Very deep convolutional networks for large-scale image
/// recognition", ICLR 2015, table 1, column D, up to the second layer of 4096; with the dropout of
/// its section 3.1.
std::vector<LayerSpec> vgg16();

/// Three convolutions of stride 2 with 32, 64 and 96 channels, for pictures of about 32 x 32: what
/// a captioner sees with, small because it runs for every next word.
std::vector<LayerSpec> small_extractor();

struct CaptionerOptions {
  int vocabulary;                      ///< with the padding
  int words;                           ///< of the sequence that the next word is wanted for
  SampleShape image{};                 ///< what is known of the picture, after which the words come
  std::vector<LayerSpec> extractor{};  ///< makes features of the picture; none: they are features
  int width = 256;                     ///< of all its layers
  double dropout = 0.5;                ///< on the features and the word vectors
};

/// The captioner of Tanti, Gatt, Camilleri, "Where to put the image in an image caption generator",
/// Natural Language Engineering 2018 (the merge architecture): word vectors through an LSTM, the
/// picture's features through a dense layer, their sum through another.
std::vector<LayerSpec> captioner(const CaptionerOptions& options);

/// Widths of so many hidden layers, at least 1, that have within 1 % as many parameters as `hidden`
/// has between these inputs and outputs: equal ones, but for the last, some of which are wider by
/// one. Throws std::invalid_argument when there are none.
std::vector<int> widths_at_depth(int inputs, int outputs, const std::vector<int>& hidden,
                                 int depth);

/// The same layers, with scores trained instead of weights: of dense layers and convolutions, this
/// share of the weights takes part.
std::vector<LayerSpec> with_scores(std::vector<LayerSpec> layers, double keep);

}  // namespace gradwire
