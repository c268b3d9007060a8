#include "sim/scenario/key_sections/limits.hpp"
#include "sim/scenario/key_sections/sections.hpp"
#include "trainer/quality/captioning.hpp"

namespace gradwire {
namespace {

constexpr const char* kKind = "model.kind";

void add_edge_popup_keys(std::vector<Key>& keys) {
  const KeyHasValue edge_popup = {kKind, {"edge-popup-mlp", "edge-popup-conv"}};
  keys.push_back({.name = "model.trains",
                  .type = ChoiceType{{"scores", "weights"}},
                  .fallback = "scores",
                  .help = "What is trained: a score for each weight, or, in the same network with "
                          "biases, the weights.",
                  .only_with = edge_popup});
  keys.push_back({.name = "model.keep",
                  .type = NumberType{.min = 0.0, .above_min = true, .max = 1.0},
                  .fallback = "0.5",
                  .help = "Share of the weights of each layer that take part, those with the "
                          "highest scores; in the output layer all do.",
                  .only_with = edge_popup});
  keys.push_back(
      {.name = "model.rank",
       .type = ChoiceType{{"score", "magnitude"}},
       .fallback = "score",
       .help = "What is highest: the score, or its magnitude. Also of layers with "
               "`keep`.",
       .only_with = KeyHasValue{kKind, {"edge-popup-mlp", "edge-popup-conv", "layers"}}});
  keys.push_back({.name = "model.kernel",
                  .type = IntegerType{1, 31},
                  .fallback = "3",
                  .help = "Side of the kernels of the convolutions, an odd number.",
                  .only_with = KeyHasValue{kKind, {"edge-popup-conv"}}});
}

void add_profile_keys(std::vector<Key>& keys) {
  const KeyHasValue profile = {kKind, {"profile"}};
  keys.push_back({.name = "model.table",
                  .type = ProfileType{},
                  .help = "The layers in the order of the forward pass, or a file that lists them, "
                          "relative to the scenario file. Times are of one step of a node of speed "
                          "1 at this scenario's batch; operations of a backward pass are twice "
                          "those of the forward pass.",
                  .required = true,
                  .only_with = profile});
  keys.push_back({.name = "model.gradients",
                  .type = ChoiceType{{"buckets", "whole"}},
                  .fallback = "buckets",
                  .help = "`buckets`: gradients are summed over the nodes while those of earlier "
                          "layers are computed; `whole`: all together after the backward pass.",
                  .only_with = profile});
  keys.push_back({.name = "model.bucket",
                  .type = BytesType{{1}, {std::int64_t{1} << 40}},
                  .help = "Layers are put into a bucket until it is that large; the first one is "
                          "full with 1MiB. Not with `gradients: whole`.",
                  .only_with = profile,
                  .fallback_note = "`25MiB`"});
}

void add_captioner_keys(std::vector<Key>& keys) {
  const KeyHasValue captioner = {kKind, {"captioner"}};
  keys.push_back({.name = "model.width",
                  .type = IntegerType{1, 65'536},
                  .fallback = "256",
                  .help = "Numbers of a word vector, and units of every other layer of the "
                          "captioner.",
                  .only_with = captioner});
  keys.push_back({.name = "model.dropout",
                  .type = NumberType{.min = 0.0, .max = 1.0, .below_max = true},
                  .fallback = "0.5",
                  .help = "Share of the picture's features and of the word vectors that is zeroed "
                          "in training.",
                  .only_with = captioner});
  keys.push_back({.name = "model.extractor",
                  .type = LayerListType{},
                  .help = "The layers that make features of a picture, trained with the others. "
                          "Without it three convolutions for pixels, and none for features.",
                  .only_with = captioner});
}

void add_caption_keys(std::vector<Key>& keys) {
  const KeyHasValue captioner = {kKind, {"captioner"}};
  keys.push_back({.name = "model.beam",
                  .type = IntegerType{1, kCaptionRowsMax},
                  .fallback = "3",
                  .help = "Width of the beam by which captions are found that are scored as those "
                          "of a beam.",
                  .only_with = captioner});
  keys.push_back({.name = "model.length_penalty",
                  .type = NumberType{.min = 0.0, .max = 10.0},
                  .fallback = "1",
                  .help = "Captions of a beam are compared by the sum of their words' logarithms, "
                          "divided by as many to this power: 0 prefers short ones, 1 takes the "
                          "mean.",
                  .only_with = captioner});
  keys.push_back({.name = "model.no_repeat",
                  .type = IntegerType{0, 100},
                  .fallback = "0",
                  .help =
                      "No so many words in a row come twice in a caption of a beam; with 0 they "
                      "may.",
                  .only_with = captioner});
  keys.push_back({.name = "model.samples",
                  .type = IntegerType{0, kCaptionRowsMax},
                  .fallback = "0",
                  .help = "Of the captions that a beam found, the one is chosen that agrees most "
                          "with so many that are drawn at random (minimum Bayes risk); with 0 the "
                          "likeliest.",
                  .only_with = captioner});
  keys.push_back({.name = "model.drafts",
                  .type = IntegerType{0, kCaptionRowsMax},
                  .fallback = "0",
                  .help =
                      "So many captions more to choose from, beside those of the beam: drawn at "
                      "random, likelier words rather (a temperature of 0.5). Only matters with "
                      "`model.samples` above 0.",
                  .only_with = captioner});
}

void add_weights_keys(std::vector<Key>& keys) {
  const KeyHasValue trained = {
      kKind, {"mlp", "layers", "edge-popup-mlp", "edge-popup-conv", "vgg16", "captioner"}};
  keys.push_back({.name = "model.weights.file",
                  .type = PathType{},
                  .help = "Weights to start from: a safetensors file, or a folder with an array of "
                          "NumPy for each tensor, named and shaped as in PyTorch, relative to the "
                          "scenario file. Without it weights are drawn, as `init` says.",
                  .only_with = trained});
  keys.push_back({.name = "model.weights.output",
                  .type = ChoiceType{{"loaded", "drawn"}},
                  .help = "`drawn`: the output layer starts from drawn weights, for classes that "
                          "are not those of the file.",
                  .only_with = trained,
                  .fallback_note = "`loaded`"});
}

}  // namespace

void add_model_keys(std::vector<Key>& keys) {
  keys.push_back(
      {.name = "model.kind",
       .type = ChoiceType{{"mlp", "layers", "edge-popup-mlp", "edge-popup-conv", "vgg16",
                           "captioner", "profile"}},
       .fallback = "mlp",
       .help = "`mlp`: a dense network of hidden layers and a linear output layer; "
               "`layers`: as listed, and a linear output layer; `edge-popup-mlp` and "
               "`edge-popup-conv`: a dense and a residual network whose weights stay "
               "random while scores are trained that choose among them; `vgg16`: its "
               "sixteen layers, the last with an output for each class; `captioner`: words "
               "through an LSTM and a picture merged, an output for each word; `profile`: a table "
               "of layers, for timing only."});
  keys.push_back({.name = "model.hidden",
                  .type = IntegerListType{{1, 65'536}},
                  .fallback = "[512, 256]",
                  .help = "Neurons of each hidden layer; `[]` is a linear model.",
                  .only_with = KeyHasValue{"model.kind", {"mlp", "edge-popup-mlp"}}});
  keys.push_back({.name = "model.depth",
                  .type = IntegerType{1, 256},
                  .help = "So many hidden layers, as wide as they must be to have as many "
                          "parameters, within 1 %, as those of `hidden`.",
                  .only_with = KeyHasValue{"model.kind", {"mlp"}}});
  keys.push_back({.name = "model.layers",
                  .type = LayerListType{},
                  .help = "The layers, in order, without the output layer. A convolution has "
                          "`kernel` 3, `stride` 1 and `padding` of half its kernel, a pool a "
                          "`stride` of its side, unless given.",
                  .required = true,
                  .only_with = KeyHasValue{"model.kind", {"layers"}}});
  keys.push_back(
      {.name = "model.activation",
       .type = ChoiceType{{"relu", "leaky-relu", "tanh", "sigmoid"}},
       .fallback = "relu",
       .help = "Activation of the hidden layers; below zero, `leaky-relu` has the slope 0.01.",
       .only_with = KeyHasValue{"model.kind", {"mlp", "edge-popup-mlp"}}});
  add_edge_popup_keys(keys);
  add_profile_keys(keys);
  add_captioner_keys(keys);
  add_caption_keys(keys);
  keys.push_back({.name = "model.loss",
                  .type = ChoiceType{{"cross-entropy", "mse", "focal"}},
                  .fallback = "cross-entropy",
                  .help =
                      "Softmax cross-entropy, mean squared error against one-hot targets, or focal "
                      "loss: the cross-entropy times (1 - p)^gamma, p the probability of the "
                      "label."});
  keys.push_back({.name = "model.gamma",
                  .type = NumberType{.min = 0.0, .max = 100.0},
                  .fallback = "2",
                  .help = "Exponent of the focal loss; 0 is the cross-entropy.",
                  .only_with = KeyHasValue{"model.loss", {"focal"}}});
  keys.push_back({.name = "model.init",
                  .type = ChoiceType{{"kaiming-normal", "kaiming-uniform", "xavier-normal",
                                      "xavier-uniform", "signed-kaiming-constant"}},
                  .fallback = "kaiming-normal",
                  .help = "How weights are drawn; biases start at 0."});
  add_weights_keys(keys);
}

}  // namespace gradwire
