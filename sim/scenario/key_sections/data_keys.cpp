#include "sim/scenario/key_sections/limits.hpp"
#include "sim/scenario/key_sections/sections.hpp"

namespace gradwire {

void add_data_keys(std::vector<Key>& keys) {
  keys.push_back({.name = "data.kind",
                  .type = ChoiceType{{"digits", "idx"}},
                  .fallback = "digits",
                  .help = "`digits` are generated handwritten digits of 28x28; `idx` are files in "
                          "the format of MNIST."});
  keys.push_back({.name = "data.path",
                  .type = PathType{},
                  .help = "The folder that holds the IDX files, relative to the scenario file (in "
                          "`--set`: to the current folder).",
                  .required = true,
                  .only_with = KeyHasValue{"data.kind", {"idx"}}});
  keys.push_back({.name = "data.train",
                  .type = IntegerType{1, kSamplesMax},
                  .fallback = "60000",
                  .help = "Training samples.",
                  .fallback_with = KeyHasValue{"data.kind", {"digits"}},
                  .fallback_note = "`60000`; with `idx` all"});
  keys.push_back({.name = "data.test",
                  .type = IntegerType{1, kSamplesMax},
                  .fallback = "10000",
                  .help = "Test samples.",
                  .fallback_with = KeyHasValue{"data.kind", {"digits"}},
                  .fallback_note = "`10000`; with `idx` all"});
}

}  // namespace gradwire
