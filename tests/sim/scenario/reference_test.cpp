#include "sim/scenario/reference.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/sim/scenario/load.hpp"

namespace gradwire {
namespace {

std::filesystem::path source_folder() {
  const char* folder = std::getenv("GRADWIRE_SOURCE_DIR");
  if (folder == nullptr) throw std::runtime_error("run by ctest, which sets GRADWIRE_SOURCE_DIR");
  return folder;
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST(ScenarioReference, TheSchemaIsUpToDate) {
  EXPECT_TRUE(text_of(source_folder() / "scenarios" / "schema.json") == json_schema())
      << "scenarios/schema.json is not what the table of keys says; regenerate it:\n"
      << "  sim check --schema > scenarios/schema.json";
}

TEST(ScenarioReference, TheTableInTheDocumentationIsUpToDate) {
  EXPECT_TRUE(text_of(source_folder() / "docs" / "scenario.md").find(key_table_markdown()) !=
              std::string::npos)
      << "the table in docs/scenario.md is not what the table of keys says; replace it by the "
         "output of:\n"
      << "  sim check --keys";
}

TEST(ScenarioReference, EveryScenarioOfTheProjectLoads) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source_folder() / "scenarios")) {
    if (entry.path().extension() != ".yaml") continue;
    ++count;
    try {
      EXPECT_EQ(load_plan(entry.path()).name, entry.path().stem()) << "named like its file";
    } catch (const ScenarioError& error) {
      ADD_FAILURE() << error.what();
    }
  }
  EXPECT_GE(count, 10);
}

}  // namespace
}  // namespace gradwire
