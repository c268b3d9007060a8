#include "sim/scenario/key_sections/limits.hpp"
#include "sim/scenario/key_sections/sections.hpp"

namespace gradwire {

namespace {

void add_partition(std::vector<Key>& keys) {
  const KeyHasValue by_samples = {"data.partition.kind",
                                  {"shuffle", "block", "labels", "dirichlet"}};
  keys.push_back({.name = "data.partition.kind",
                  .type = ChoiceType{{"shuffle", "block", "labels", "dirichlet", "features"}},
                  .fallback = "shuffle",
                  .help = "Whose training samples are whose: drawn at random; contiguous blocks in "
                          "the order of the data; so many labels a node; each label in proportions "
                          "from a Dirichlet distribution. With `features` every node has some of "
                          "the features of all samples, and a model that begins with a dense "
                          "layer."});
  keys.push_back({.name = "data.partition.labels",
                  .type = IntegerType{1, 256},
                  .fallback = "2",
                  .help = "Labels of each training node.",
                  .only_with = KeyHasValue{"data.partition.kind", {"labels"}}});
  keys.push_back({.name = "data.partition.alpha",
                  .type = NumberType{.min = 0.001, .max = 1'000'000.0},
                  .fallback = "0.5",
                  .help = "Parameter of the distribution: small, and a node has few labels; large, "
                          "and all have the same.",
                  .only_with = KeyHasValue{"data.partition.kind", {"dirichlet"}}});
  keys.push_back({.name = "data.partition.shares",
                  .type = NodeNumbersType{kFactor},
                  .fallback = "1",
                  .help = "How much each training node has, relative to the others.",
                  .only_with = by_samples});
  keys.push_back({.name = "data.partition.draw",
                  .type = ChoiceType{{"once", "each-pass"}},
                  .fallback = "each-pass",
                  .help = "Whether a node keeps its samples or gets others for every pass.",
                  .only_with = by_samples,
                  .fallback_with = KeyHasValue{"data.partition.kind", {"shuffle"}},
                  .fallback_note = "`each-pass`; with other kinds `once`"});
}

void add_captions(std::vector<Key>& keys) {
  const KeyHasValue captions = {"data.kind", {"scenes", "flickr8k"}};
  keys.push_back({.name = "data.min_count",
                  .type = IntegerType{1, kSamplesMax},
                  .fallback = "5",
                  .help = "Words that occur less often in the training captions are unknown words.",
                  .only_with = captions});
  keys.push_back({.name = "data.words",
                  .type = IntegerType{1, 1'000},
                  .help = "Length of what the model reads of a caption, in words with the one that "
                          "every caption starts with. Without it all of the longest in training.",
                  .only_with = captions});
  keys.push_back({.name = "data.pictures",
                  .type = ChoiceType{{"given", "shuffled"}},
                  .fallback = "given",
                  .help =
                      "`shuffled`: pictures are exchanged among their captions, in training and "
                      "in test: the control that shows what is learnt without seeing.",
                  .only_with = captions});
}

void add_augmentation(std::vector<Key>& keys) {
  const KeyHasValue pictures = {
      "data.kind", {"digits", "shapes", "scenes", "idx", "cifar10", "images", "flickr8k"}};
  keys.push_back({.name = "data.augment.flip",
                  .type = NumberType{.min = 0.0, .max = 1.0},
                  .help = "Probability that a training picture is mirrored, left to right, each "
                          "time that it is trained on.",
                  .only_with = pictures,
                  .fallback_note = "`0`"});
  keys.push_back({.name = "data.augment.shift",
                  .type = IntegerType{0, 1024},
                  .help = "Pixels that a training picture is moved at most, up or down and to one "
                          "side, by another distance each time; its edge fills what becomes free.",
                  .only_with = pictures,
                  .fallback_note = "`0`"});
  keys.push_back({.name = "data.augment.hide_words",
                  .type = NumberType{.min = 0.0, .max = 1.0},
                  .help =
                      "Probability that a captioner is shown no word of a training caption, each "
                      "time that it is asked for one: the picture alone must tell it.",
                  .only_with = KeyHasValue{"data.kind", {"scenes", "flickr8k"}},
                  .fallback_note = "`0`"});
}

}  // namespace

void add_data_keys(std::vector<Key>& keys) {
  keys.push_back(
      {.name = "data.kind",
       .type = ChoiceType{{"digits", "shapes", "scenes", "idx", "cifar10", "images", "flickr8k",
                           "none"}},
       .fallback = "digits",
       .help = "`digits` are generated handwritten digits of 28x28, `shapes` generated "
               "colour images of ten figures, 3x32x32, `scenes` of two figures with captions; "
               "`idx` are files in the format of MNIST, `cifar10` in the binary format of "
               "CIFAR-10; `images` are photographs in folders, one a class; `flickr8k` are "
               "photographs with captions; `none`: only their number, "
               "for a model that is a profile."});
  keys.push_back({.name = "data.path",
                  .type = PathType{},
                  .help = "The folder that holds the files, relative to the scenario file (in "
                          "`--set`: to the current folder).",
                  .required = true,
                  .only_with = KeyHasValue{"data.kind", {"idx", "cifar10", "images", "flickr8k"}}});
  keys.push_back({.name = "data.side",
                  .type = IntegerType{1, 1024},
                  .help = "Photographs are brought to so many pixels a side. Of `flickr8k` it also "
                          "asks for the photographs where there are thumbnails or features, too.",
                  .only_with = KeyHasValue{"data.kind", {"images", "flickr8k"}},
                  .fallback_note = "`32`"});
  keys.push_back({.name = "data.train",
                  .type = IntegerType{1, kSamplesMax},
                  .fallback = "60000",
                  .help = "Training samples.",
                  .fallback_with = KeyHasValue{"data.kind", {"digits", "shapes", "scenes", "none"}},
                  .fallback_note = "`60000`; of files all"});
  keys.push_back({.name = "data.test",
                  .type = IntegerType{1, kSamplesMax},
                  .fallback = "10000",
                  .help = "Test images.",
                  .fallback_with = KeyHasValue{"data.kind", {"digits", "shapes", "scenes"}},
                  .fallback_note = "`10000`; of files all"});
  add_captions(keys);
  add_augmentation(keys);
  add_partition(keys);
}

}  // namespace gradwire
