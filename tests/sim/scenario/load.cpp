#include "tests/sim/scenario/load.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace gradwire {
namespace {

// A folder of this process, removed with everything in it.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              ("gradwire-scenario-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path write(std::string_view text) const {
    std::filesystem::path file = path_ / "s.yaml";
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

  std::string remove_from(std::string text) const {
    const std::string prefix = path_.string() + "/";
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

Plan load(std::string_view text, const std::vector<std::string>& overrides) {
  const Folder folder;
  return load_plan(folder.write(text), overrides);
}

std::string error_of(std::string_view text, const std::vector<std::string>& overrides) {
  const Folder folder;
  try {
    load_plan(folder.write(text), overrides);
  } catch (const ScenarioError& error) {
    return folder.remove_from(error.what());
  }
  return "no error";
}

std::string swept_values(const Plan& plan) {
  std::string text;
  for (const Point& point : plan.points) {
    if (!text.empty()) text += " | ";
    for (std::size_t i = 0; i < point.swept.size(); ++i) {
      text += (i == 0 ? "" : " ") + point.swept[i].second;
    }
  }
  return text;
}

}  // namespace gradwire
