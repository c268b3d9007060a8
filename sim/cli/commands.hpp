// The subcommands of `sim`. Each adds itself to the program; its work is done when the command line
// has been parsed. Results go to files or standard output, all else to standard error.
#pragma once

#include <CLI/CLI.hpp>

namespace gradwire {

void add_run_command(CLI::App& program);
void add_check_command(CLI::App& program);
void add_show_command(CLI::App& program);
void add_compare_command(CLI::App& program);
void add_calibrate_command(CLI::App& program);
void add_export_command(CLI::App& program);
void add_fetch_command(CLI::App& program);
void add_caption_command(CLI::App& program);
void add_features_command(CLI::App& program);
void add_switch_command(CLI::App& program);
void add_links_command(CLI::App& program);
void add_worker_command(CLI::App& program);

}  // namespace gradwire
