#include "netmodel/token_buckets.hpp"

#include <algorithm>

namespace gradwire {
namespace {

constexpr __int128 kNanosPerSecond = 1'000'000'000;

}  // namespace

TokenBuckets::TokenBuckets(std::span<const Link> links) {
  const auto has_bucket = [](const Link& link) { return link.burst > Bytes{}; };
  if (std::ranges::none_of(links, has_bucket)) return;
  for (const Link& link : links) {
    const std::int64_t size = link.burst.count * 8;
    buckets_.push_back({link.rate.count, size, size, {}, 0});
  }
}

// What has come since it was idle or last looked at.
void TokenBuckets::Bucket::fill(TimePoint now) {
  const __int128 filled = (now - idle_since).count() * __int128{rate} / kNanosPerSecond;
  tokens = static_cast<std::int64_t>(std::min<__int128>(size, tokens + filled));
  idle_since = now;
}

void TokenBuckets::set_rate(ResourceId link, BitsPerSecond rate, TimePoint now) {
  if (!any()) return;
  Bucket& bucket = buckets_[link];
  if (bucket.flows == 0) bucket.fill(now);
  bucket.rate = rate.count;
}

std::int64_t TokenBuckets::start(std::span<const ResourceId> route, std::int64_t bits,
                                 TimePoint now) {
  __int128 longest = 0;  // nanoseconds
  std::int64_t slowest = buckets_[route.front()].rate;
  for (const ResourceId link : route) {
    Bucket& bucket = buckets_[link];
    if (bucket.flows++ == 0) bucket.fill(now);
    const __int128 rest = std::max<std::int64_t>(0, bits - bucket.tokens);
    longest = std::max(longest, rest * kNanosPerSecond / bucket.rate);
    slowest = std::min(slowest, bucket.rate);
  }
  for (const ResourceId link : route) {
    Bucket& bucket = buckets_[link];
    const __int128 after = bucket.tokens + longest * bucket.rate / kNanosPerSecond - bits;
    bucket.tokens = static_cast<std::int64_t>(std::clamp<__int128>(after, 0, bucket.size));
  }
  const auto paid = static_cast<std::int64_t>(longest * slowest / kNanosPerSecond);
  return std::clamp<std::int64_t>(bits - paid, 0, bits);
}

void TokenBuckets::end(std::span<const ResourceId> route, TimePoint now) {
  for (const ResourceId link : route) {
    Bucket& bucket = buckets_[link];
    if (--bucket.flows == 0) bucket.idle_since = now;
  }
}

}  // namespace gradwire
