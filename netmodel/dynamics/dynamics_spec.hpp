// What happens to a network while a training uses it, as values: events, bandwidth traces, and
// traffic that is not the training's. Times count from the start of the run.
#pragma once

#include <filesystem>
#include <optional>
#include <variant>
#include <vector>

#include "netmodel/dynamics/link_change.hpp"
#include "netmodel/topology.hpp"

namespace gradwire {

struct SetLinks {
  std::vector<LinkIndex> links;
  LinkChange change;
};

/// Nothing crosses these links: messages on them wait, and go on where they were.
struct CutLinks {
  std::vector<LinkIndex> links;
  std::optional<Duration> length;  ///< they are restored after so long; none: they stay cut
};

/// Ends the cuts of these links.
struct RestoreLinks {
  std::vector<LinkIndex> links;
};

/// Ends all cuts and the partition.
struct RestoreAll {};

/// Hosts of different groups cannot send to each other. Replaces the partition before it.
struct Partition {
  std::vector<int> group_of;       ///< by rank
  std::optional<Duration> length;  ///< it ends after so long; none: it stays
};

/// The host vanishes for good.
struct Leave {
  Rank host = 0;
};

struct NetworkEvent {
  Duration at{};
  std::optional<Duration> every;  ///< again and again; longer than the length of what happens
  std::variant<SetLinks, CutLinks, RestoreLinks, RestoreAll, Partition, Leave> action;
};

/// The rate of these links follows a file (rate_trace.hpp).
struct LinkTrace {
  std::vector<LinkIndex> links;
  std::filesystem::path file;
  BitsPerSecond unit{};  ///< of numbers without a unit
  Duration at{};         ///< the time of the first line
  bool loop = false;     ///< begins again when it is over; otherwise its last rate stays
};

/// As much as the links leave to one flow, or `rate`.
struct SteadyTraffic {};

/// The same for a while, then nothing for a while.
struct OnOffTraffic {
  Duration on{};
  Duration off{};
  bool exponential = false;  ///< `on` and `off` are means of drawn durations
};

/// Transfers that begin at random, independently of each other.
struct PoissonTraffic {
  Duration gap{};            ///< mean time from one to the next
  std::vector<Bytes> sizes;  ///< on the wire; one of them is drawn for each
};

/// Traffic from one host to another that shares links with the training as `weight` flows do, or
/// more where transfers overlap.
struct BackgroundFlow {
  Rank from = 0;
  Rank to = 0;
  std::optional<BitsPerSecond> rate;  ///< at most, of each flow
  Duration at{};
  std::optional<Duration> length;  ///< none: to the end of the training
  std::variant<SteadyTraffic, OnOffTraffic, PoissonTraffic> traffic;
  int weight = 1;
};

struct DynamicsSpec {
  std::vector<NetworkEvent> events;
  std::vector<LinkTrace> traces;
  std::vector<BackgroundFlow> background;

  bool is_empty() const { return events.empty() && traces.empty() && background.empty(); }
};

}  // namespace gradwire
