// What is generated from the table of keys for readers other than load_plan(): the JSON Schema for
// editors and the table of docs/scenario.md.
#pragma once

#include <string>

namespace gradwire {

/// The text of scenarios/schema.json (JSON Schema, draft 7, the newest that YAML editors commonly
/// know). It states keys, types, units and ranges; the rules between keys only load_plan() checks.
std::string json_schema();

/// The table of keys in docs/scenario.md, as GitHub-flavoured Markdown.
std::string key_table_markdown();

}  // namespace gradwire
