#include "sim/scenario/reference.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/scenario/keys.hpp"
#include "sim/scenario/text.hpp"

namespace gradwire {
namespace {

using Json = nlohmann::ordered_json;

// A decimal number and one of these units.
Json quantity_schema(std::string_view units) {
  return {{"type", "string"},
          {"pattern", fmt::format("^([0-9]+\\.?[0-9]*|\\.[0-9]+) *({})$", units)}};
}

// Rows of entries; none stands on the diagonal.
Json matrix_schema(const Json& item) {
  const Json entry = {{"anyOf", Json::array({item, Json{{"type", "null"}}})}};
  return {{"type", "array"}, {"minItems", 1}, {"items", {{"type", "array"}, {"items", entry}}}};
}

struct SchemaOf {
  Json operator()(const IntegerType& type) const {
    if (type.min == type.max) return {{"const", type.min}};
    return {{"type", "integer"}, {"minimum", type.min}, {"maximum", type.max}};
  }
  Json operator()(const NumberType& type) const {
    return {{"type", "number"},
            {type.above_min ? "exclusiveMinimum" : "minimum", type.min},
            {type.below_max ? "exclusiveMaximum" : "maximum", type.max}};
  }
  Json operator()(const ChoiceType& type) const { return {{"enum", type.names}}; }
  Json operator()(const NameType&) const {
    return {{"type", "string"}, {"pattern", "^[a-z0-9][a-z0-9-]{0,63}$"}};
  }
  Json operator()(const TextType&) const { return {{"type", "string"}, {"minLength", 1}}; }
  Json operator()(const PathType&) const { return {{"type", "string"}, {"minLength", 1}}; }
  Json operator()(const DurationType&) const { return quantity_schema("ns|us|ms|s|min|h"); }
  Json operator()(const RateType&) const {
    return quantity_schema("bit|[kMGT]bit|bit/s|[kMGT]bit/s|bps|[kMGT]bps");
  }
  Json operator()(const BytesType&) const {
    return quantity_schema("B|kB|MB|GB|TB|KiB|MiB|GiB|TiB");
  }
  Json operator()(const PercentageType&) const { return quantity_schema("%"); }
  Json operator()(const FlopsType&) const { return quantity_schema("flops|[kMGT]flops"); }
  Json operator()(const IntegerListType& type) const {
    return {{"type", "array"}, {"items", (*this)(type.item)}};
  }
  Json operator()(const NodeNumbersType& type) const {
    return {{"anyOf", Json::array({(*this)(type.item), Json{{"type", "array"},
                                                            {"minItems", 1},
                                                            {"items", (*this)(type.item)}}})}};
  }
  Json operator()(const HostListType& type) const {
    const Json host = {
        {"type", "object"},
        {"additionalProperties", false},
        {"properties",
         {{"bandwidth", (*this)(type.bandwidth)}, {"latency", (*this)(type.latency)}}}};
    return {{"type", "array"}, {"minItems", 1}, {"items", host}};
  }
  Json operator()(const NamesType& type) const {
    return {{"type", "array"},
            {"minItems", type.count_min},
            {"uniqueItems", true},
            {"items", {{"type", "string"}, {"pattern", "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}}}};
  }
  Json operator()(const CommandType&) const {
    return {
        {"type", "array"}, {"minItems", 1}, {"items", {{"type", {"string", "number", "boolean"}}}}};
  }
  Json operator()(const DelayMatrixType& type) const { return matrix_schema((*this)(type.item)); }
  Json operator()(const RateMatrixType& type) const { return matrix_schema((*this)(type.item)); }
  Json operator()(const CableListType& type) const {
    const Json own = of_link(type.link);
    Json cable = {{"from", {{"type", "string"}}}, {"to", {{"type", "string"}}}};
    cable.update(own);
    cable["back"] = {{"type", "object"}, {"additionalProperties", false}, {"properties", own}};
    return {{"type", "array"},
            {"minItems", 1},
            {"items",
             {{"type", "object"},
              {"additionalProperties", false},
              {"required", {"from", "to"}},
              {"properties", cable}}}};
  }
  Json operator()(const WayListType&) const {
    const Json name = {{"type", "string"}};
    return {{"type", "array"},
            {"items",
             {{"type", "object"},
              {"additionalProperties", false},
              {"required", {"from", "to", "via"}},
              {"properties",
               {{"from", name}, {"to", name}, {"via", {{"type", "array"}, {"items", name}}}}}}}};
  }
  Json operator()(const EventListType& type) const {
    const Json time = (*this)(type.time);
    const Json groups = {{"type", "array"}, {"minItems", 1}, {"items", name_or_names()}};
    Json event = {
        {"do", {{"enum", {"set", "cut", "restore", "flap", "partition", "join", "leave"}}}},
        {"at", time},
        {"every", time},
        {"for", time},
        {"groups", groups}};
    event.update(choice());
    event.update(of_link(type.link));
    return list_of(event, {"do"});
  }
  Json operator()(const TraceListType& type) const {
    Json trace = choice();
    trace["file"] = {{"type", "string"}, {"minLength", 1}};
    trace["unit"] = {{"enum", {"bit", "kbit", "Mbit", "Gbit"}}};
    trace["at"] = (*this)(type.time);
    trace["loop"] = {{"type", "boolean"}};
    return list_of(trace, {"file"});
  }
  Json operator()(const BackgroundListType& type) const {
    const Json time = (*this)(type.time);
    const Json size = quantity_schema("B|[kMGT]B|[KMGT]iB");
    const Json sizes = {
        {"anyOf", Json::array({size, Json{{"type", "array"}, {"minItems", 1}, {"items", size}}})}};
    const Json flow = {{"kind", {{"enum", {"constant", "on-off", "poisson"}}}},
                       {"from", {{"type", "string"}}},
                       {"to", {{"type", "string"}}},
                       {"rate", (*this)(type.rate)},
                       {"at", time},
                       {"for", time},
                       {"busy", time},
                       {"idle", time},
                       {"durations", {{"enum", {"fixed", "exponential"}}}},
                       {"every", time},
                       {"size", sizes},
                       {"weight", (*this)(type.weight)}};
    return list_of(flow, {"kind", "from", "to"});
  }
  // Lists of layers can hold lists of layers.
  Json operator()(const LayerListType&) const { return {{"$ref", "#/definitions/(layers)"}}; }
  Json operator()(const ProfileType&) const {
    const Json time = (*this)(DurationType{});
    const Json count = {{"type", "integer"}, {"minimum", 0}};
    const Json layers = list_of({{"name", {{"type", "string"}}},
                                 {"parameters", count},
                                 {"flops", {{"type", "number"}, {"minimum", 0}}},
                                 {"forward", time},
                                 {"backward", time}},
                                {"name"});
    return {{"anyOf", Json::array({layers, Json{{"type", "string"}, {"minLength", 1}}})}};
  }
  Json operator()(const SweepType&) const;

 private:
  Json of_link(const LinkTypes& types) const {
    return {{"bandwidth", (*this)(types.bandwidth)},
            {"latency", (*this)(types.delay)},
            {"jitter", (*this)(types.delay)},
            {"loss", (*this)(types.loss)}};
  }
  static Json name_or_names() {
    const Json name = {{"type", "string"}, {"minLength", 1}};
    const Json names = {{"type", "array"}, {"minItems", 1}, {"items", name}};
    return {{"anyOf", Json::array({name, names})}};
  }
  static Json choice() {
    return {{"link", name_or_names()}, {"cable", name_or_names()}, {"host", name_or_names()}};
  }
  static Json list_of(const Json& properties, const std::vector<std::string>& required) {
    return {{"type", "array"},
            {"minItems", 1},
            {"items",
             {{"type", "object"},
              {"additionalProperties", false},
              {"required", required},
              {"properties", properties}}}};
  }
};

// What LayerListType refers to.
Json layers_schema() {
  const Json count = {{"type", "integer"}, {"minimum", 1}};
  const Json padding = {{"type", "integer"}, {"minimum", 0}};
  const Json keep = {{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 1}};
  const auto section = [](const char* kind, const Json& value, const Json& options) {
    Json properties = options;
    properties[kind] = value;
    return Json{{"type", "object"},
                {"additionalProperties", false},
                {"required", {kind}},
                {"properties", properties}};
  };
  const Json windows = {{"stride", count}, {"padding", padding}};
  Json kernel = windows;
  kernel.update({{"kernel", count}, {"keep", keep}});
  const Json names = {"relu", "leaky-relu", "tanh", "sigmoid", "flatten"};
  return {{"type", "array"},
          {"items",
           {{"anyOf",
             {{{"enum", names}},
              section("dense", count, {{"keep", keep}}),
              section("conv", count, kernel),
              section("max-pool", count, windows),
              section("avg-pool", count, windows),
              section("dropout", {{"type", "number"}}, Json::object()),
              section("residual", {{"$ref", "#/definitions/(layers)"}}, Json::object())}}}}};
}

Json reference_to(std::string_view name) {
  return {{"$ref", fmt::format("#/definitions/{}", name)}};
}

Json SchemaOf::operator()(const SweepType&) const {
  Json properties = Json::object();
  for (const Key& key : key_table()) {
    if (!key.sweepable) continue;
    properties[std::string(key.name)] = {{"type", "array"},
                                         {"minItems", 1},
                                         {"uniqueItems", true},
                                         {"items", reference_to(key.name)}};
  }
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
}

// No two of the section's own keys that exclude each other.
Json alternatives_schema(std::string_view section) {
  Json rules = Json::array();
  for (const std::string_view name : children_of(section)) {
    const auto key = find_key(full_key(section, name));
    if (!key) continue;
    for (const std::size_t other : alternatives_to(*key)) {
      const std::string_view other_name = key_table()[other].name;
      const std::string prefix = full_key(section, "");
      const bool is_sibling = other_name.starts_with(prefix) &&
                              other_name.find('.', prefix.size()) == std::string_view::npos;
      if (other < *key || !is_sibling) continue;
      rules.push_back({{"not", {{"required", {name, other_name.substr(prefix.size())}}}}});
    }
  }
  return rules;
}

Json section_schema(std::string_view section) {
  Json properties = Json::object();
  for (const std::string_view name : children_of(section)) {
    properties[std::string(name)] = reference_to(full_key(section, name));
  }
  Json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
  if (Json rules = alternatives_schema(section); !rules.empty()) schema["allOf"] = rules;
  return schema;
}

// The schema of a key, of a section, or of a key that may be a section instead.
Json definition_of(const std::string& name) {
  const auto index = find_key(name);
  if (!index) return section_schema(name);
  const Key& key = key_table()[*index];
  Json schema = {{"description", key.help}};
  if (!key.fallback.empty() && key.fallback_note.empty()) {
    schema["description"] = fmt::format("{} Default: {}", key.help, key.fallback);
  }
  const Json own = std::visit(SchemaOf{}, key.type);
  if (is_section(name)) {
    schema["anyOf"] = Json::array({own, section_schema(name)});
  } else {
    schema.update(own);
  }
  return schema;
}

void add_definitions(const std::string& section, Json& definitions) {
  for (const std::string_view child : children_of(section)) {
    const std::string name = full_key(section, child);
    definitions[name] = definition_of(name);
    if (is_section(name)) add_definitions(name, definitions);
  }
}

// "The key is given": {"required": ["network"], "properties": {"network": {"required": [...]}}}.
Json is_given_schema(std::string_view name) {
  const std::size_t dot = name.find('.');
  const std::string head(name.substr(0, dot));
  Json schema = {{"required", Json::array({head})}};
  if (dot != std::string_view::npos) {
    schema["properties"][head] = is_given_schema(name.substr(dot + 1));
  }
  return schema;
}

Json is_swept_schema(std::string_view name) {
  return {{"required", Json::array({"sweep"})},
          {"properties", {{"sweep", {{"required", Json::array({name})}}}}}};
}

// Required keys, each of them in its place, or swept, or given by another key.
Json required_rules() {
  Json rules = Json::array();
  for (const Key& key : key_table()) {
    if (!key.required || key.only_with) continue;
    Json ways = Json::array({is_given_schema(key.name)});
    if (key.sweepable) ways.push_back(is_swept_schema(key.name));
    for (const std::string_view other : key.stand_ins) {
      ways.push_back(is_given_schema(other));
      ways.push_back(is_swept_schema(other));
    }
    rules.push_back(ways.size() == 1 ? ways.front() : Json{{"anyOf", ways}});
  }
  return rules;
}

std::string default_text(const Key& key) {
  if (!key.fallback_note.empty()) return std::string(key.fallback_note);
  if (!key.fallback.empty()) return fmt::format("`{}`", key.fallback);
  return key.required ? "**required**" : "";
}

}  // namespace

std::string json_schema() {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "Gradwire scenario"},
                 {"description", "Generated by 'sim check --schema' from the table of keys."}};
  schema.update(section_schema(""));
  schema["allOf"] = required_rules();
  Json definitions = Json::object();
  add_definitions("", definitions);
  definitions["(layers)"] = layers_schema();
  schema["definitions"] = definitions;
  return schema.dump(2) + "\n";
}

std::string key_table_markdown() {
  std::string text = "| Key | Value | Default | Meaning |\n|---|---|---|---|\n";
  std::vector<std::string> fixed;
  for (const Key& key : key_table()) {
    std::string help(key.help);
    if (key.only_with) {
      help += fmt::format(" Only with `{}`.", condition_text(*key.only_with, ": "));
    }
    text += fmt::format("| `{}` | {} | {} | {} |\n", key.name, describe(key.type),
                        default_text(key), help);
    if (!key.sweepable) fixed.push_back(fmt::format("`{}`", key.name));
  }
  return text + fmt::format("\nEvery key can be swept, except {}.\n", comma_separated(fixed));
}

}  // namespace gradwire
