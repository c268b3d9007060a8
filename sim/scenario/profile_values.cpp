#include "sim/scenario/profile_values.hpp"

#include <fmt/core.h>

#include <chrono>
#include <fstream>
#include <utility>

#include "sim/scenario/entry_reader.hpp"
#include "sim/scenario/text.hpp"
#include "sim/scenario/value_list.hpp"
#include "sim/scenario/yaml_document.hpp"

namespace gradwire {
namespace {

constexpr std::size_t kFileSizeMax = 1'000'000;  // bytes
constexpr std::size_t kLayersMax = 10'000;
constexpr IntegerType kParameters = {0, 1'000'000'000'000};
constexpr NumberType kFlops = {.min = 0.0, .max = 1e18};
constexpr DurationType kTime = {Duration{}, std::chrono::hours(24)};

ProfiledLayer read_layer(const YAML::Node& node, int line) {
  ProfiledLayer layer;
  bool timed = false;
  const auto into = [&timed](Duration& time) {
    return [&time, &timed](const YAML::Node& value, int at) {
      time = read_as<Duration>(kTime, value, at);
      timed = true;
    };
  };
  bool counted = false;
  read_entries(
      node, line,
      {{"name", [&](const YAML::Node& value, int at) { layer.name = read_name(value, at); }},
       {"parameters",
        [&](const YAML::Node& value, int at) {
          layer.parameters = read_as<std::int64_t>(kParameters, value, at);
        }},
       {"flops",
        [&](const YAML::Node& value, int at) {
          layer.flops = read_as<double>(kFlops, value, at);
          counted = true;
        }},
       {"forward", into(layer.forward)},
       {"backward", into(layer.backward)}});
  require(layer.name, "name", line);
  if (timed && counted) throw ValueError(line, "has both times and flops");
  return layer;
}

std::string text_of(const ProfiledLayer& layer) {
  std::vector<std::string> texts = {"name: " + yaml_text(layer.name)};
  if (layer.parameters > 0) texts.push_back(fmt::format("parameters: {}", layer.parameters));
  if (layer.flops > 0) texts.push_back(fmt::format("flops: {}", layer.flops));
  if (layer.forward > Duration{}) texts.push_back("forward: " + to_string(layer.forward));
  if (layer.backward > Duration{}) texts.push_back("backward: " + to_string(layer.backward));
  return fmt::format("{{{}}}", comma_separated(texts));
}

LayerProfile read_list_of_layers(const YAML::Node& node, int line) {
  LayerProfile layers = read_list<ProfiledLayer>(node, line, read_layer);
  if (layers.size() > kLayersMax) {
    throw ValueError(line, fmt::format("has more than {} layers", kLayersMax));
  }
  try {
    validate(layers);
  } catch (const std::invalid_argument& error) {
    throw ValueError(line, error.what());
  }
  return layers;
}

// At most so much is read, whatever the file is.
std::string text_of_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(kFileSizeMax + 1, '\0');
  if (!stream || std::filesystem::is_directory(file)) throw ValueError(1, "cannot be read");
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) throw ValueError(1, "cannot be read");
  if (text.size() > kFileSizeMax) {
    throw ValueError(1, fmt::format("has more than {} bytes", kFileSizeMax));
  }
  return text;
}

LayerProfile read_file_of_layers(const std::filesystem::path& file) {
  try {
    return read_list_of_layers(parse_yaml(text_of_file(file)), 1);
  } catch (const YamlError& error) {
    throw ValueError(error.line(), error.what());
  }
}

}  // namespace

std::string describe_profile() {
  return "a list of {name, parameters: count, flops: forward operations of a sample}, or of {name, "
         "parameters: count, forward: time, backward: time}, or a file that holds such a list";
}

ReadValue read_profile(const YAML::Node& node, int line) {
  if (node.IsScalar()) {
    auto file = read_as<std::string>(TextType{}, node, line);
    return {ProfileValue{.file = file, .layers = {}}, file};
  }
  ProfileValue profile{.file = {}, .layers = read_list_of_layers(node, line)};
  std::vector<std::string> texts;
  texts.reserve(profile.layers.size());
  for (const ProfiledLayer& layer : profile.layers) texts.push_back(text_of(layer));
  return {std::move(profile), fmt::format("[{}]", comma_separated(texts))};
}

ReadValue with_layers(ProfileValue profile, std::string text, const std::filesystem::path& base,
                      int line) {
  if (profile.file.empty()) return {std::move(profile), std::move(text)};
  profile.file = (base / profile.file).lexically_normal().string();
  require_utf8(profile.file, line);
  try {
    profile.layers = read_file_of_layers(profile.file);
  } catch (const ValueError& error) {
    throw ValueError(line, fmt::format("{}:{}: {}", profile.file, error.line(), error.what()));
  }
  std::string name = profile.file;
  return {std::move(profile), std::move(name)};
}

}  // namespace gradwire
