// What an entry of network.events, network.traces or network.background says, names still names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netmodel/units.hpp"

namespace gradwire {

/// What an entry says of one direction of a cable.
struct LinkEntry {
  std::optional<BitsPerSecond> bandwidth;
  std::optional<Duration> latency;
  std::optional<Duration> jitter;
  std::optional<double> loss;

  bool is_empty() const { return !bandwidth && !latency && !jitter && !loss; }
};

/// Which links are meant: single directions, both directions of cables, all that hosts have.
struct LinkChoice {
  std::vector<std::string> links;
  std::vector<std::string> cables;
  std::vector<std::string> hosts;

  bool is_empty() const { return links.empty() && cables.empty() && hosts.empty(); }
};

/// One entry of network.events.
struct EventEntry {
  std::string action;
  Duration at{};
  std::optional<Duration> every;
  std::optional<Duration> length;
  LinkChoice choice;
  LinkEntry change;
  std::vector<std::vector<std::string>> groups;
  int line = 0;
};

/// One entry of network.traces.
struct TraceEntry {
  LinkChoice choice;
  std::string file;  ///< absolute, once the document has been read
  std::string unit = "Mbit";
  Duration at{};
  bool loop = false;
  int line = 0;
};

/// One entry of network.background.
struct BackgroundEntry {
  std::string kind;
  std::string from;
  std::string to;
  std::optional<BitsPerSecond> rate;
  Duration at{};
  std::optional<Duration> length;
  std::optional<Duration> on;
  std::optional<Duration> off;
  bool exponential = false;
  std::optional<Duration> every;
  std::vector<Bytes> sizes;
  std::int64_t weight = 1;
  int line = 0;
};

}  // namespace gradwire
