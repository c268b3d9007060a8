#include "trainer/data/epoch_order.hpp"

#include <boost/random/uniform_int_distribution.hpp>
#include <cstddef>
#include <numeric>
#include <utility>

#include "netmodel/check.hpp"

namespace gradwire {

EpochOrder::EpochOrder(const RandomStreams& streams, std::uint64_t epoch, std::int64_t samples) {
  CHECK(samples >= 0, "{} samples", samples);
  order_.resize(static_cast<std::size_t>(samples));
  std::iota(order_.begin(), order_.end(), 0);
  RandomEngine engine = streams.stream("shuffle", epoch);
  // Algorithm P (Knuth, "The Art of Computer Programming", volume 2, section 3.4.2).
  for (std::size_t last = order_.size(); last > 1; --last) {
    boost::random::uniform_int_distribution<std::size_t> choice(0, last - 1);
    std::swap(order_[last - 1], order_[choice(engine)]);
  }
}

std::span<const std::int64_t> EpochOrder::range(std::int64_t first, std::int64_t count) const {
  CHECK(first >= 0 && count >= 0 && first <= size() - count, "samples {} to {} of {}", first,
        first + count, size());
  return indices().subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
}

}  // namespace gradwire
