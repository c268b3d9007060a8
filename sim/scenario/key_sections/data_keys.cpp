#include "sim/scenario/key_sections/limits.hpp"
#include "sim/scenario/key_sections/sections.hpp"

namespace gradwire {

void add_data_keys(std::vector<Key>& keys) {
  keys.push_back({.name = "data.kind",
                  .type = ChoiceType{{"digits", "shapes", "idx", "cifar10"}},
                  .fallback = "digits",
                  .help = "`digits` are generated handwritten digits of 28x28, `shapes` generated "
                          "colour images of ten figures, 3x32x32; `idx` are files in the format of "
                          "MNIST, `cifar10` in the binary format of CIFAR-10."});
  keys.push_back({.name = "data.path",
                  .type = PathType{},
                  .help = "The folder that holds the files, relative to the scenario file (in "
                          "`--set`: to the current folder).",
                  .required = true,
                  .only_with = KeyHasValue{"data.kind", {"idx", "cifar10"}}});
  keys.push_back({.name = "data.train",
                  .type = IntegerType{1, kSamplesMax},
                  .fallback = "60000",
                  .help = "Training samples.",
                  .fallback_with = KeyHasValue{"data.kind", {"digits", "shapes"}},
                  .fallback_note = "`60000`; of files all"});
  keys.push_back({.name = "data.test",
                  .type = IntegerType{1, kSamplesMax},
                  .fallback = "10000",
                  .help = "Test samples.",
                  .fallback_with = KeyHasValue{"data.kind", {"digits", "shapes"}},
                  .fallback_note = "`10000`; of files all"});
}

}  // namespace gradwire
