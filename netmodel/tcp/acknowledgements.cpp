#include "netmodel/tcp/acknowledgements.hpp"

#include <algorithm>

namespace gradwire {

void AckLoads::begin(const Route& there, const Route& back, BitsPerSecond rate,
                     std::vector<LinkIndex>& changed) {
  for (std::size_t hop = 0; hop < back.size(); ++hop) {
    Load& load = links_[back[hop]];
    load.rate += rate.count;
    // Where the way back is the same one, hop by hop.
    if (there.size() == back.size()) {
      const LinkIndex beside = there[there.size() - 1 - hop];
      load.beside = load.beside == kUnknown || load.beside == beside ? beside : kSeveral;
    }
    changed.push_back(back[hop]);
  }
}

void AckLoads::end(const Route& back, BitsPerSecond rate, std::vector<LinkIndex>& changed) {
  for (const LinkIndex link : back) {
    links_[link].rate -= rate.count;
    changed.push_back(link);
  }
}

std::int64_t AckLoads::left_of(LinkIndex link, std::int64_t rate,
                               std::span<const Link> links) const {
  const Load& load = links_[link];
  const std::int64_t most = load.beside < links.size() ? links[load.beside].rate.count : rate;
  const auto data = static_cast<double>(std::min(load.rate, most));
  const auto taken = static_cast<std::int64_t>(data * kAcknowledged / (1.0 + kAcknowledged));
  return std::max(rate / 10, rate - taken);
}

void AckLoads::concerned_by(LinkIndex changed, std::vector<LinkIndex>& links) const {
  for (LinkIndex link = 0; link < links_.size(); ++link) {
    if (links_[link].beside == changed) links.push_back(link);
  }
}

}  // namespace gradwire
