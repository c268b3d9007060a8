// What became of one message in the modelled network, and what held it back when: kept on request
// only, for whoever asks why a step takes as long as it does.
#pragma once

#include <boost/container/small_vector.hpp>
#include <vector>

#include "netmodel/event_queue.hpp"
#include "netmodel/flow_engine.hpp"
#include "netmodel/topology.hpp"

namespace gradwire {

struct FlowLimit {
  enum class Kind : std::uint8_t {
    link,       ///< its share of a link
    ramp,       ///< the window of the connection, which still grows; or opening the connection
    window,     ///< the window of the connection, which its buffers bound
    loss,       ///< what was lost: sent again, or the window that it left
    software,   ///< the sender's software
    partition,  ///< nothing passes between the two hosts
  };
  Kind kind = Kind::link;
  LinkIndex link = 0;  ///< with Kind::link

  friend bool operator==(const FlowLimit&, const FlowLimit&) = default;
};

struct FlowRecord {
  struct Phase {
    FlowLimit limit;
    TimePoint since{};

    friend bool operator==(const Phase&, const Phase&) = default;
  };

  Rank from = 0;
  Rank to = 0;
  Bytes size{};           ///< on the wire
  TimePoint handed{};     ///< to its connection, on which others may be before it
  TimePoint turn{};       ///< those have left
  TimePoint first_bit{};  ///< leaves
  Duration latency{};     ///< of the first bit, without jitter
  TimePoint left{};       ///< its last bit has
  TimePoint arrived{};
  /// From `turn` to `left`, each until the next begins.
  boost::container::small_vector<Phase, 2> phases;

  /// When the receiver has the first byte.
  TimePoint first_byte() const { return first_bit + latency; }
  /// From its turn to its last bit.
  BitsPerSecond mean_rate() const;
  /// What held it back longest; of equals the first.
  FlowLimit limit() const;
  /// How long this did.
  Duration held_by(const FlowLimit& limit) const;
};

/// Keeps a record of every message from the moment it is given to a network on; those that are
/// under way then have none.
class FlowRecorder {
 public:
  /// Messages that have arrived, in that order.
  const std::vector<FlowRecord>& flows() const { return flows_; }
  /// Forgets those that have arrived.
  void forget() { flows_.clear(); }

  // --- told by the network; transfers by their number there

  void handed(std::uint32_t transfer, Rank from, Rank to, TimePoint now);
  void turn(std::uint32_t transfer, FlowLimit limit, TimePoint now);
  void sized(std::uint32_t transfer, Bytes size, Duration latency);
  /// This has held it back since then, whatever seemed to.
  void held(std::uint32_t transfer, FlowLimit limit, TimePoint since);
  void flows_as(std::uint32_t transfer, FlowId flow, TimePoint now);
  void flow_over(FlowId flow);
  /// Whose flow this is, if it is one of a message.
  std::optional<std::uint32_t> owner(FlowId flow) const;
  void left(std::uint32_t transfer, TimePoint now);
  void arrived(std::uint32_t transfer, TimePoint now);
  void dropped(std::uint32_t transfer);

 private:
  struct Open {
    FlowRecord record;
    bool known = false;    // from the beginning
    bool flowing = false;  // its first bit has left
  };
  Open* find(std::uint32_t transfer);

  std::vector<FlowRecord> flows_;
  std::vector<Open> open_;                            // by transfer
  std::vector<std::optional<std::uint32_t>> owners_;  // by FlowId
};

}  // namespace gradwire
