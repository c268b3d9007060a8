#include "sim/scenario/dynamics_values.hpp"

#include <fmt/core.h>

#include <type_traits>

#include "netmodel/dynamics/rate_trace.hpp"
#include "sim/scenario/entry_reader.hpp"
#include "sim/scenario/problems.hpp"
#include "sim/scenario/text.hpp"
#include "sim/scenario/value_list.hpp"

namespace gradwire {
namespace {

// Far beyond any transfer, and small enough to count its bits.
constexpr Bytes kTransferMax{1'000'000'000'000'000};

// One text, or a list of them.
std::vector<std::string> read_texts(const YAML::Node& node, int line) {
  const auto read = [](const YAML::Node& item, int at) {
    return read_as<std::string>(TextType{}, item, at);
  };
  auto texts = node.IsSequence() ? read_list<std::string>(node, line, read)
                                 : std::vector<std::string>{read(node, line)};
  if (texts.empty()) throw ValueError(line, "is an empty list");
  return texts;
}

Readers choice_readers(LinkChoice& choice) {
  return {{"link", [&](const YAML::Node& node, int at) { choice.links = read_texts(node, at); }},
          {"cable", [&](const YAML::Node& node, int at) { choice.cables = read_texts(node, at); }},
          {"host", [&](const YAML::Node& node, int at) { choice.hosts = read_texts(node, at); }}};
}

void add_choice_texts(const LinkChoice& choice, std::vector<std::string>& texts) {
  if (!choice.links.empty()) texts.push_back("link: " + names_text(choice.links));
  if (!choice.cables.empty()) texts.push_back("cable: " + names_text(choice.cables));
  if (!choice.hosts.empty()) texts.push_back("host: " + names_text(choice.hosts));
}

// The value of a key goes into `target`.
template <typename Target, typename Type>
auto into(Target& target, const Type& type) {
  using Read =
      std::conditional_t<std::is_same_v<Type, DurationType>, Duration,
                         std::conditional_t<std::is_same_v<Type, RateType>, BitsPerSecond,
                                            std::conditional_t<std::is_same_v<Type, IntegerType>,
                                                               std::int64_t, std::string>>>;
  return
      [&target, type](const YAML::Node& node, int at) { target = read_as<Read>(type, node, at); };
}

// True for the text `yes`, false for `no`.
auto into_flag(bool& target, std::string_view yes, std::string_view no) {
  return [&target, yes, no](const YAML::Node& node, int at) {
    target = read_as<std::string>(ChoiceType{{yes, no}}, node, at) == yes;
  };
}

template <typename Entry>
ReadValue with_texts(std::vector<Entry> entries, int line,
                     std::string (*text_of)(const Entry& entry)) {
  if (entries.empty()) throw ValueError(line, "is an empty list");
  std::vector<std::string> texts;
  texts.reserve(entries.size());
  for (const Entry& entry : entries) texts.push_back(text_of(entry));
  return {std::move(entries), fmt::format("[{}]", comma_separated(texts))};
}

// --- events

void check_event(const EventEntry& event) {
  const auto refuse = [&event](const std::string& text) { throw ValueError(event.line, text); };
  const std::string& action = event.action;
  const bool lasts = action == "cut" || action == "flap" || action == "partition";
  const bool moves_host = action == "join" || action == "leave";
  const bool chooses = !event.choice.is_empty();
  if (action.empty()) refuse("do is missing");
  if (event.length && !lasts) refuse(fmt::format("for has no meaning with do: {}", action));
  if (action == "flap" && !event.length) refuse("for is missing, but required with do: flap");
  if (action == "flap" && !event.every) refuse("every is missing, but required with do: flap");
  if (event.every && lasts && !event.length) refuse("for is missing, but required with every");
  if (event.every && event.length && *event.length >= *event.every) {
    refuse("for is not shorter than every");
  }
  if (event.every && moves_host) refuse(fmt::format("every has no meaning with do: {}", action));
  if (event.change.is_empty() == (action == "set")) {
    refuse(action == "set" ? "sets nothing" : fmt::format("do: {} sets nothing", action));
  }
  if (event.groups.empty() == (action == "partition")) {
    refuse(action == "partition" ? "groups is missing, but required with do: partition"
                                 : fmt::format("groups has no meaning with do: {}", action));
  }
  if (chooses && action == "partition") refuse("a partition is between groups, not at a link");
  if (!chooses && action != "partition" && action != "restore") {
    refuse("link, cable or host is missing");
  }
  if (moves_host && (event.choice.hosts.size() != 1 || !event.choice.links.empty() ||
                     !event.choice.cables.empty())) {
    refuse(fmt::format("do: {} is about one host", action));
  }
}

EventEntry read_event(const EventListType& type, const YAML::Node& node, int line) {
  EventEntry event;
  event.line = line;
  const ChoiceType actions{{"set", "cut", "restore", "flap", "partition", "join", "leave"}};
  Readers readers = link_readers(type.link, event.change);
  readers.merge(choice_readers(event.choice));
  readers["do"] = into(event.action, actions);
  readers["at"] = into(event.at, type.time);
  readers["every"] = into(event.every, type.time);
  readers["for"] = into(event.length, type.time);
  readers["groups"] = [&event](const YAML::Node& groups, int at) {
    event.groups = read_list<std::vector<std::string>>(groups, at, read_texts);
  };
  read_entries(node, line, readers);
  check_event(event);
  return event;
}

std::string event_text(const EventEntry& event) {
  std::vector<std::string> texts = {"do: " + event.action, "at: " + to_string(event.at)};
  if (event.every) texts.push_back("every: " + to_string(*event.every));
  if (event.length) texts.push_back("for: " + to_string(*event.length));
  add_choice_texts(event.choice, texts);
  for (std::string& text : link_texts(event.change)) texts.push_back(std::move(text));
  if (!event.groups.empty()) {
    std::vector<std::string> groups;
    for (const auto& group : event.groups) groups.push_back(names_text(group));
    texts.push_back(fmt::format("groups: [{}]", comma_separated(groups)));
  }
  return fmt::format("{{{}}}", comma_separated(texts));
}

// --- traces

TraceEntry read_trace(const TraceListType& type, const YAML::Node& node, int line) {
  TraceEntry trace;
  trace.line = line;
  Readers readers = choice_readers(trace.choice);
  readers["file"] = into(trace.file, TextType{});
  readers["unit"] = into(trace.unit, ChoiceType{{"bit", "kbit", "Mbit", "Gbit"}});
  readers["at"] = into(trace.at, type.time);
  readers["loop"] = into_flag(trace.loop, "true", "false");
  read_entries(node, line, readers);
  require(trace.file, "file", line);
  if (trace.choice.is_empty()) throw ValueError(line, "link, cable or host is missing");
  return trace;
}

std::string trace_text(const TraceEntry& trace) {
  std::vector<std::string> texts;
  add_choice_texts(trace.choice, texts);
  texts.push_back("file: " + yaml_text(trace.file));
  texts.push_back("unit: " + trace.unit);
  texts.push_back("at: " + to_string(trace.at));
  texts.push_back(fmt::format("loop: {}", trace.loop));
  return fmt::format("{{{}}}", comma_separated(texts));
}

// --- background traffic

Bytes read_size(const YAML::Node& node, int line) {
  const auto text = read_as<std::string>(TextType{}, node, line);
  try {
    const Bytes size = parse_bytes(text);
    if (size.count >= 1 && size <= kTransferMax) return size;
  } catch (const UnitError& error) {
    throw ValueError(line, error.what());
  }
  throw ValueError(line, fmt::format("{:.40} is out of range", text));
}

void check_background(const BackgroundEntry& flow) {
  const auto refuse = [&flow](const std::string& text) { throw ValueError(flow.line, text); };
  require(flow.kind, "kind", flow.line);
  require(flow.from, "from", flow.line);
  require(flow.to, "to", flow.line);
  const bool turns = flow.kind == "on-off";
  const bool arrives = flow.kind == "poisson";
  if (turns && (!flow.on || !flow.off)) {
    refuse("busy or idle is missing, but required with kind: on-off");
  }
  if (!turns && (flow.on || flow.off || flow.exponential)) {
    refuse(fmt::format("busy, idle and durations have no meaning with kind: {}", flow.kind));
  }
  if (arrives && (!flow.every || flow.sizes.empty())) {
    refuse("every or size is missing, but required with kind: poisson");
  }
  if (!arrives && (flow.every || !flow.sizes.empty())) {
    refuse(fmt::format("every and size have no meaning with kind: {}", flow.kind));
  }
  for (const auto& time : {flow.on, flow.off, flow.every, flow.length}) {
    if (time == Duration{}) refuse("a time is 0");
  }
}

BackgroundEntry read_flow(const BackgroundListType& type, const YAML::Node& node, int line) {
  BackgroundEntry flow;
  flow.line = line;
  read_entries(node, line,
               {{"kind", into(flow.kind, ChoiceType{{"constant", "on-off", "poisson"}})},
                {"from", into(flow.from, TextType{})},
                {"to", into(flow.to, TextType{})},
                {"rate", into(flow.rate, type.rate)},
                {"at", into(flow.at, type.time)},
                {"for", into(flow.length, type.time)},
                {"busy", into(flow.on, type.time)},
                {"idle", into(flow.off, type.time)},
                {"durations", into_flag(flow.exponential, "exponential", "fixed")},
                {"every", into(flow.every, type.time)},
                {"weight", into(flow.weight, type.weight)},
                {"size", [&flow](const YAML::Node& sizes, int at) {
                   flow.sizes = sizes.IsSequence() ? read_list<Bytes>(sizes, at, read_size)
                                                   : std::vector<Bytes>{read_size(sizes, at)};
                 }}});
  check_background(flow);
  return flow;
}

std::string flow_text(const BackgroundEntry& flow) {
  std::vector<std::string> texts = {"kind: " + flow.kind, "from: " + yaml_text(flow.from),
                                    "to: " + yaml_text(flow.to)};
  if (flow.rate) texts.push_back("rate: " + to_string(*flow.rate));
  texts.push_back("at: " + to_string(flow.at));
  if (flow.length) texts.push_back("for: " + to_string(*flow.length));
  if (flow.on) texts.push_back("busy: " + to_string(*flow.on));
  if (flow.off) texts.push_back("idle: " + to_string(*flow.off));
  if (flow.exponential) texts.emplace_back("durations: exponential");
  if (flow.every) texts.push_back("every: " + to_string(*flow.every));
  if (!flow.sizes.empty()) {
    std::vector<std::string> sizes;
    for (const Bytes size : flow.sizes) sizes.push_back(to_string(size));
    texts.push_back(fmt::format("size: [{}]", comma_separated(sizes)));
  }
  if (flow.weight != 1) texts.push_back(fmt::format("weight: {}", flow.weight));
  return fmt::format("{{{}}}", comma_separated(texts));
}

}  // namespace

ReadValue read_events(const EventListType& type, const YAML::Node& node, int line) {
  return with_texts(
      read_list<EventEntry>(
          node, line, [&type](const auto& item, int at) { return read_event(type, item, at); }),
      line, event_text);
}

ReadValue read_traces(const TraceListType& type, const YAML::Node& node, int line) {
  return with_texts(
      read_list<TraceEntry>(
          node, line, [&type](const auto& item, int at) { return read_trace(type, item, at); }),
      line, trace_text);
}

ReadValue read_background(const BackgroundListType& type, const YAML::Node& node, int line) {
  return with_texts(
      read_list<BackgroundEntry>(
          node, line, [&type](const auto& item, int at) { return read_flow(type, item, at); }),
      line, flow_text);
}

ReadValue with_files(std::vector<TraceEntry> traces, const std::filesystem::path& base) {
  for (std::size_t i = 0; i < traces.size(); ++i) {
    TraceEntry& trace = traces[i];
    trace.file = (base / trace.file).lexically_normal().string();
    try {
      check_trace(trace.file, parse_rate("1" + trace.unit));
    } catch (const TraceError& error) {
      throw ValueError(trace.line, fmt::format("entry {}: {}", i + 1, error.what()));
    }
  }
  return with_texts(std::move(traces), kDefaultLine, trace_text);
}

}  // namespace gradwire
