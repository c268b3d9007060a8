// What hosts get from a scenario besides their network.
#include "sim/hosts/host_settings.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace gradwire {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

TEST(HostSettings, FoldersOfDataAndWeightsAreSeen) {
  const fs::path folder =
      fs::canonical(fs::temp_directory_path()) / ("settings-" + std::to_string(getpid()));
  fs::create_directories(folder / "real");
  std::ofstream(folder / "real/w.safetensors") << "-";
  fs::create_symlink("real/w.safetensors", folder / "link.safetensors");
  Scenario scenario;
  scenario.data.folder = "photographs";
  scenario.model.weights = WeightsFile{folder / "link.safetensors", true};
  EXPECT_THAT(host_settings("s", scenario).folders,
              ElementsAre(fs::current_path() / "photographs", folder, folder / "real"));
  scenario.data.folder.clear();
  scenario.model.weights = WeightsFile{folder / "real", true};
  EXPECT_THAT(host_settings("s", scenario).folders, ElementsAre(folder / "real", folder / "real"));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace gradwire
