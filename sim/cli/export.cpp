#include "sim/results/export.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <memory>
#include <system_error>

#include "sim/cli/commands.hpp"
#include "sim/cli/prepare.hpp"

namespace gradwire {
namespace {

struct ExportArguments {
  std::string results;
  std::string format = "json";
  std::string to;
};

void export_results(const ExportArguments& arguments) {
  const ResultStore store = ResultStore::open_existing(arguments.results);
  if (arguments.format == "csv") {
    const std::filesystem::path folder = arguments.to.empty()
                                             ? std::filesystem::path(arguments.results) / "csv"
                                             : std::filesystem::path(arguments.to);
    export_csv(store, folder);
    fmt::print(stderr, "written to {}\n", folder.string());
    return;
  }
  const std::string text = export_json(store);
  if (arguments.to.empty()) {
    fmt::print("{}", text);
    return;
  }
  std::ofstream file(arguments.to, std::ios::binary);
  file << text;
  file.close();
  if (file.fail()) {
    throw std::system_error(errno, std::generic_category(), arguments.to + ": cannot write");
  }
}

}  // namespace

void add_export_command(CLI::App& program) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App* command = program.add_subcommand("export", "Write results as JSON or CSV");
  command->add_option("results", arguments->results, "Results folder")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--format", arguments->format,
                   "json: one text; csv: a file a table [default: json]")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"json", "csv"}).description(""));
  command
      ->add_option("--to", arguments->to,
                   "json: a file [default: standard output];\ncsv: a folder [default: RESULTS/csv]")
      ->type_name("PATH");
  command->callback([arguments] { export_results(*arguments); });
}

}  // namespace gradwire
