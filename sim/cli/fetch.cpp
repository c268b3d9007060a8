#include "sim/fetch/fetch.hpp"

#include <fmt/format.h>

#include <memory>

#include "sim/cli/commands.hpp"
#include "sim/fetch/catalogue.hpp"

namespace gradwire {
namespace {

struct FetchArguments {
  std::string dataset;
  std::string to;
  std::vector<std::string> mirrors;
};

void fetch_dataset(const FetchArguments& arguments) {
  const RemoteDataset dataset = known_dataset(arguments.dataset);
  FetchOptions options;
  options.to = arguments.to.empty() ? std::filesystem::path("data") / dataset.name
                                    : std::filesystem::path(arguments.to);
  options.mirrors = arguments.mirrors;
  options.report = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  fetch(dataset, options);
  fmt::print("{}\n", options.to.string());
}

}  // namespace

void add_fetch_command(CLI::App& program) {
  auto arguments = std::make_shared<FetchArguments>();
  std::string names;
  for (const RemoteDataset& dataset : known_datasets()) {
    names += (names.empty() ? "" : "|") + dataset.name;
  }
  CLI::App* command = program.add_subcommand(
      "fetch", "Download a public data set, checked; prints the folder it is in");
  command->add_option("dataset", arguments->dataset, "Data set")->required()->type_name(names);
  command->add_option("--to", arguments->to, "Folder [default: data/DATASET]")->type_name("DIR");
  command
      ->add_option("--mirror", arguments->mirrors,
                   "Folder with the files, instead of the known mirrors;\nmay be repeated")
      ->type_name("URL")
      ->allow_extra_args(false);
  command->callback([arguments] { fetch_dataset(*arguments); });
}

}  // namespace gradwire
