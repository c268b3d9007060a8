#include "sim/scenario/key_sections/limits.hpp"
#include "sim/scenario/key_sections/sections.hpp"

namespace gradwire {

void add_run_keys(std::vector<Key>& keys) {
  keys.push_back({.name = "arithmetic",
                  .type = ChoiceType{{"auto", "full", "shared", "off"}},
                  .fallback = "auto",
                  .help = "`full`: every node computes; `shared`: replicas that are provably equal "
                          "are computed once; `off`: times only."});
  keys.push_back({.name = "command",
                  .type = CommandType{},
                  .help = "A program of yours that modes with hosts run on every node in place of "
                          "our worker, in the folder of this file. Virtual mode predicts it by a "
                          "model that is a profile.",
                  .sweepable = false});
  keys.push_back({.name = "time_limit",
                  .type = kTimeSpan,
                  .help = "How long a `command` may take; then the run ends with the names of the "
                          "nodes where it has not ended.",
                  .sweepable = false,
                  .fallback_note = "`10min`"});
  keys.push_back({.name = "fast_forward",
                  .type = ChoiceType{{"auto", "off"}},
                  .fallback = "auto",
                  .help =
                      "`auto`: with `arithmetic: off`, virtual time leaves out steps that would "
                      "only repeat earlier ones to the nanosecond; `off`: it runs all."});
  keys.push_back({.name = "measure",
                  .type = ChoiceType{{"all"}},
                  .help = "Real modes run every step.",
                  .alternative = {"measure", 1}});
  keys.push_back({.name = "measure.warmup",
                  .type = IntegerType{0, kStepsMax},
                  .fallback = "2",
                  .help = "Steps that a real mode runs first and does not count.",
                  .alternative = {"measure", 2}});
  keys.push_back({.name = "measure.steps",
                  .type = IntegerType{1, kStepsMax},
                  .fallback = "10",
                  .help = "Steps that a real mode measures; the rest is extrapolated.",
                  .alternative = {"measure", 2}});
  keys.push_back({.name = "measure.at_most",
                  .type = kTimeSpan,
                  .fallback = "15s",
                  .help = "A real mode stops measuring a point after so long.",
                  .alternative = {"measure", 2}});
  keys.push_back({.name = "repeats",
                  .type = IntegerType{1, 1'000},
                  .fallback = "1",
                  .help = "How often each point is run.",
                  .sweepable = false});
  keys.push_back({.name = "sweep",
                  .type = SweepType{},
                  .help = "One axis a key; the points are all combinations, the last key varying "
                          "fastest.",
                  .sweepable = false});
}

}  // namespace gradwire
