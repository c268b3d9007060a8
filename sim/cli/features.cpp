#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "sim/cli/commands.hpp"
#include "sim/cli/prepare.hpp"
#include "trainer/data/jpeg.hpp"
#include "trainer/data/npy.hpp"
#include "trainer/feature_extractor.hpp"
#include "trainer/nn/backend.hpp"

namespace gradwire {
namespace {

namespace fs = std::filesystem;

struct FeaturesArguments {
  std::string pictures;
  std::string weights;
  int side = 224;
  std::string to = ".";
};

std::vector<fs::path> photographs_in(const fs::path& folder) {
  if (is_jpeg_name(folder)) return {folder};
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (is_jpeg_name(entry->path())) files.push_back(entry->path());
  }
  if (error) throw UsageError(fmt::format("{}: {}", folder.string(), error.message()));
  if (files.empty()) throw UsageError(fmt::format("{}: no file *.jpg", folder.string()));
  std::ranges::sort(files);
  return files;
}

void write_features(const FeaturesArguments& arguments) {
  const std::vector<fs::path> files = photographs_in(arguments.pictures);
  use_threads(1);
  FeatureExtractor extractor(arguments.weights, arguments.side);
  std::vector<float> features;
  std::string names;
  std::vector<float> values;
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Split picture{.shape = extractor.picture(),
                        .classes = 1,
                        .scale = {kImageNetScale.begin(), kImageNetScale.end()},
                        .pixels = read_jpeg(files[i], {arguments.side, arguments.side}),
                        .labels = {0}};
    gather(picture, std::vector<std::int64_t>{0}, values, labels);
    const auto of_one = extractor(values);
    features.insert(features.end(), of_one.begin(), of_one.end());
    names += files[i].filename().string() + "\n";
    if ((i + 1) % 100 == 0) print_to_stderr(fmt::format("{} of {}", i + 1, files.size()));
  }
  fs::create_directories(arguments.to);
  const fs::path array = fs::path(arguments.to) / "features.npy";
  const fs::path list = fs::path(arguments.to) / "features_names.txt";
  write_npy(array, std::vector<std::int64_t>{std::ssize(files), FeatureExtractor::kFeatures},
            features);
  std::ofstream out(list, std::ios::binary);
  out << names;
  out.close();
  if (!out) {
    throw std::system_error(errno, std::generic_category(), "cannot write " + list.string());
  }
  print_to_stderr(fmt::format("written to {} and {}", array.string(), list.string()));
}

}  // namespace

void add_features_command(CLI::App& program) {
  auto arguments = std::make_shared<FeaturesArguments>();
  CLI::App* command =
      program.add_subcommand("features", "Write what VGG16 makes of photographs, for captioners");
  command->add_option("pictures", arguments->pictures, "A folder of JPEG files, or one of them")
      ->required()
      ->type_name("PATH");
  command
      ->add_option("--weights", arguments->weights,
                   "Those of torchvision's VGG16: a safetensors file, or a\nfolder of arrays of "
                   "NumPy")
      ->required()
      ->type_name("PATH");
  command
      ->add_option("--side", arguments->side,
                   "Pixels a side that pictures are brought to [default: 224]")
      ->type_name("N")
      ->check(CLI::Range(FeatureExtractor::kSideMin, FeatureExtractor::kSideMax).description(""));
  command
      ->add_option("--to", arguments->to,
                   "Folder for features.npy and features_names.txt\n[default: the current one]")
      ->type_name("DIR");
  command->callback([arguments] { write_features(*arguments); });
}

}  // namespace gradwire
