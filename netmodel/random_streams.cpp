#include "netmodel/random_streams.hpp"

namespace gradwire {
namespace {

// The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
// generators", OOPSLA 2014): a bijection in which every input bit moves every output bit.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

RandomEngine RandomStreams::stream(std::string_view purpose, std::uint64_t index) const {
  return stream(purpose, index, 0);
}

RandomEngine RandomStreams::stream(std::string_view purpose, std::uint64_t index,
                                   std::uint64_t second) const {
  std::uint64_t state = mix(seed_);
  for (const char c : purpose) state = mix(state ^ static_cast<unsigned char>(c));
  state = mix(state ^ index);
  state = mix(state ^ second);
  return RandomEngine(state);
}

}  // namespace gradwire
