#include "netmodel/switching/packet_link.hpp"

#include <algorithm>
#include <boost/random/bernoulli_distribution.hpp>

namespace gradwire {

namespace {

constexpr __int128 kBitNanoseconds = 8'000'000'000;  // bits of a byte times nanoseconds of a second

}  // namespace

PacketLink::PacketLink(const Link& link, Bytes queue, RandomEngine draws)
    : rate_(link.rate),
      latency_(link.latency),
      jitter_(link.jitter),
      jitter_shape_(link.jitter_shape),
      loss_(link.loss),
      queue_(queue),
      draws_(draws) {}

Bytes PacketLink::waiting(TimePoint now) const {
  if (free_at_ <= now) return {};
  return {static_cast<std::int64_t>((free_at_ - now).count() * __int128{rate_.count} /
                                    kBitNanoseconds)};
}

std::optional<TimePoint> PacketLink::carry(TimePoint now, Bytes size) {
  const Bytes queued = waiting(now) + size;
  if (queued > queue_) {
    ++counts_.dropped;
    return {};
  }
  counts_.queue_peak = std::max(counts_.queue_peak, queued);
  // Rounded up: a link is never faster than its rate.
  const __int128 time = (size.count * kBitNanoseconds + rate_.count - 1) / rate_.count;
  free_at_ = std::max(free_at_, now) + Duration(static_cast<std::int64_t>(time));
  if (loss_ > 0 && boost::random::bernoulli_distribution(loss_)(draws_)) {
    ++counts_.lost;
    return {};
  }
  Duration delay = latency_;
  if (jitter_ > Duration{}) {
    delay = std::max(Duration{}, delay + draw_jitter(jitter_shape_, jitter_, draws_));
  }
  last_arrival_ = std::max(last_arrival_, free_at_ + delay);
  ++counts_.packets;
  counts_.bytes += size;
  return last_arrival_;
}

}  // namespace gradwire
