#include "sim/results/export.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "sim/cli/commands.hpp"
#include "sim/cli/prepare.hpp"
#include "sim/runners/trained_model.hpp"

namespace gradwire {
namespace {

struct ExportArguments {
  std::string results;
  std::string format = "json";
  std::string to;
  std::optional<int> point;
  std::optional<int> repeat;
};

void print_destination(const std::filesystem::path& path) {
  fmt::print(stderr, "written to {}\n", path.string());
}

bool is_of_weights(const std::string& format) { return format == "safetensors" || format == "npy"; }

// The trained weights of one repeat, for other programs.
void export_weights(const ExportArguments& arguments) {
  const std::filesystem::path results = ResultStore::open_existing(arguments.results).folder();
  const int point = arguments.point.value_or(0);
  const int repeat = arguments.repeat.value_or(0);
  const std::vector<NamedTensor> tensors =
      named_weights(load_trained_model(results, point, repeat));
  std::filesystem::path to = arguments.to;
  if (to.empty()) {
    const bool is_file = arguments.format == "safetensors";
    to = results / kWeightsFolder /
         fmt::format("point-{}-repeat-{}{}", point, repeat, is_file ? ".safetensors" : "");
    std::filesystem::create_directories(to.parent_path());
  }
  if (arguments.format == "npy") {
    write_npy_folder(to, tensors);
  } else {
    write_safetensors(to, tensors);
  }
  print_destination(to);
}

void export_results(const ExportArguments& arguments) {
  if (is_of_weights(arguments.format)) {
    export_weights(arguments);
    return;
  }
  if (arguments.point || arguments.repeat) {
    throw UsageError(
        fmt::format("--point and --repeat with --format {}; allowed: with safetensors or npy",
                    arguments.format));
  }
  const ResultStore store = ResultStore::open_existing(arguments.results);
  if (arguments.format == "csv") {
    const std::filesystem::path folder =
        arguments.to.empty() ? store.folder() / "csv" : std::filesystem::path(arguments.to);
    export_csv(store, folder);
    print_destination(folder);
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
  CLI::App* command =
      program.add_subcommand("export", "Write results as JSON or CSV, or trained weights");
  command->add_option("results", arguments->results, "Results folder, or its results.sqlite")
      ->required()
      ->type_name("PATH");
  command
      ->add_option("--format", arguments->format,
                   "json: one text; csv: a file a table; safetensors: the\nweights that "
                   "training.weights: kept left behind; npy: the\nsame, an array of NumPy each "
                   "[default: json]")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"json", "csv", "safetensors", "npy"}).description(""));
  command
      ->add_option(
          "--to", arguments->to,
          "json: a file [default: standard output];\ncsv: a folder [default: "
          "RESULTS/csv]; safetensors: a file,\nnpy: a folder [default: in RESULTS/weights]")
      ->type_name("PATH");
  command
      ->add_option("--point", arguments->point,
                   "Weights of this point of the sweep, from 0 [default: 0]")
      ->type_name("NUMBER");
  command->add_option("--repeat", arguments->repeat, "And of this repeat, from 0 [default: 0]")
      ->type_name("NUMBER");
  command->callback([arguments] { export_results(*arguments); });
}

}  // namespace gradwire
