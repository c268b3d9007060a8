// `sim show --why`: what the time of a step goes to.
#pragma once

#include <string>

#include "sim/cli/prepare.hpp"

namespace gradwire {

struct WhyArguments {
  bool why = false;
  int step = 0;       // from 1; 0: the third one, or the last if there are fewer
  std::string flows;  // a CSV file for the messages of the step; empty: none
};

void add_why_options(CLI::App& command, WhyArguments& arguments);

bool wants_why(const WhyArguments& arguments);

/// Throws UsageError if a point has no such step.
void check_why(Prepared& prepared, const WhyArguments& arguments);

/// Prints a table of every point. The scenario is calibrated and checked.
void show_why(Prepared& prepared, const WhyArguments& arguments);

}  // namespace gradwire
