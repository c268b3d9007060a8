// What acknowledgements take from the links that they cross.
//
// A receiver acknowledges every second segment (RFC 1122, section 4.2.3.2; RFC 5681, section 4.2)
// with a packet that has headers only: a = 66 / (2 * 1514) = 2.2 % of what it receives goes back.
// Where both directions of a cable are full of data, x + a x = rate, so that data has rate / (1 +
// a) of each.
//
// How fast the other direction really flows is not asked for: a connection that sends counts with
// the rate of the slowest link on its way, and all together with what the link beside can carry.
// That is right where it matters, on cables that are full both ways, and independent of the order
// of what happens in one instant.
#pragma once

#include <span>
#include <vector>

#include "netmodel/tcp/wire.hpp"
#include "netmodel/topology.hpp"

namespace gradwire {

/// Acknowledgements for each bit of data, on the wire.
inline constexpr double kAcknowledged = static_cast<double>(kTcpPackets.overhead) /
                                        (2.0 * static_cast<double>(kTcpPackets.full_packet()));

class AckLoads {
 public:
  /// For so many links.
  explicit AckLoads(std::size_t links) : links_(links) {}

  /// A connection begins, or ceases, to send with so much at most. Its acknowledgements go `back`;
  /// `there` is its own way. Appends the links whose load has changed to `changed`.
  void begin(const Route& there, const Route& back, BitsPerSecond rate,
             std::vector<LinkIndex>& changed);
  void end(const Route& back, BitsPerSecond rate, std::vector<LinkIndex>& changed);

  /// What is left for data of a link of this rate, where `links` have theirs. At least a tenth: who
  /// hears nothing of its receiver sends nothing that would have to be acknowledged.
  std::int64_t left_of(LinkIndex link, std::int64_t rate, std::span<const Link> links) const;

  /// Appends the links of which less or more is left when this one's rate changes.
  void concerned_by(LinkIndex changed, std::vector<LinkIndex>& links) const;

 private:
  static constexpr LinkIndex kUnknown = 0xffffffff;
  static constexpr LinkIndex kSeveral = 0xfffffffe;

  struct Load {
    std::int64_t rate = 0;        // of the data that is acknowledged over this link
    LinkIndex beside = kUnknown;  // the link that this data comes by, if it is one
  };

  std::vector<Load> links_;
};

}  // namespace gradwire
