#include "sim/scenario/yaml_document.hpp"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>

#include <sstream>

namespace gradwire {
namespace {

int line_at(const YAML::Mark& mark) { return mark.is_null() ? 1 : mark.line + 1; }

// Refuses the second document of a text.
class OneDocument : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    throw YamlError(line_at(mark), "goes on after the first YAML document; allowed: one document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  int documents_ = 0;
};

}  // namespace

YAML::Node parse_yaml(const std::string& text) {
  try {
    // YAML::LoadAll would count the documents too, but never ends on some malformed texts.
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    OneDocument handler;
    if (!parser.HandleNextDocument(handler)) return {};
    parser.HandleNextDocument(handler);
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    throw YamlError(line_at(error.mark), fmt::format("not valid YAML: {}", error.msg));
  }
}

}  // namespace gradwire
