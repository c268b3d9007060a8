#include "netmodel/schedule.hpp"

#include <cstring>
#include <map>
#include <tuple>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

std::span<const float> content(const Message& message) {
  return {reinterpret_cast<const float*>(message.bytes().data()),
          message.bytes().size() / sizeof(float)};
}

// The pieces of one range, from `first` on, whose receives are contiguous in neither list nor
// memory: visits those that are summed into this range.
template <typename Visit>
void for_each_addend(const Step& step, ArrivedPieces arrived, Range range, const Visit& visit) {
  for (std::size_t i = 0; i < step.receives.size(); ++i) {
    const ReceivePiece& piece = step.receives[i];
    if (piece.combine == Combine::sum && piece.range == range) visit(piece.from, arrived[i]);
  }
}

bool is_first_of_its_range(const Step& step, std::size_t index) {
  for (std::size_t i = 0; i < index; ++i) {
    const ReceivePiece& earlier = step.receives[i];
    if (earlier.combine == Combine::sum && earlier.range == step.receives[index].range) {
      return false;
    }
  }
  return true;
}

// range := the sum of the arrived pieces and its own content, by ascending rank.
void sum_range(const Step& step, ArrivedPieces arrived, Rank rank, Range range,
               std::span<float> own) {
  Rank lowest = rank;
  for_each_addend(step, arrived, range,
                  [&](Rank from, const Message&) { lowest = std::min(lowest, from); });
  if (lowest == rank) {
    for_each_addend(step, arrived, range,
                    [&](Rank, const Message& piece) { add(content(piece), own); });
    return;
  }
  // Others come before this rank: sum into a copy of the first, and take the own content in turn.
  std::vector<float> sum;
  bool own_taken = false;
  for_each_addend(step, arrived, range, [&](Rank from, const Message& piece) {
    if (from > rank && !own_taken) {
      add(own, sum);
      own_taken = true;
    }
    if (sum.empty()) {
      sum.assign(content(piece).begin(), content(piece).end());
    } else {
      add(content(piece), sum);
    }
  });
  if (!own_taken) add(own, sum);
  std::copy(sum.begin(), sum.end(), own.begin());
}

}  // namespace

void add(std::span<const float> from, std::span<float> into) {
  for (std::size_t i = 0; i < from.size(); ++i) into[i] += from[i];
}

void combine(const Step& step, ArrivedPieces arrived, Rank rank, std::span<float> values) {
  for (std::size_t i = 0; i < step.receives.size(); ++i) {
    const ReceivePiece& piece = step.receives[i];
    const auto own = values.subspan(static_cast<std::size_t>(piece.range.begin),
                                    static_cast<std::size_t>(piece.range.count));
    CHECK(arrived[i].size() == bytes_of(piece.range), "rank {} got {} bytes from rank {}, not {}",
          rank, arrived[i].size().count, piece.from, bytes_of(piece.range).count);
    if (own.empty()) continue;
    if (piece.combine == Combine::replace) {
      std::memcpy(own.data(), arrived[i].bytes().data(), own.size_bytes());
    } else if (is_first_of_its_range(step, i)) {
      sum_range(step, arrived, rank, piece.range, own);
    }
  }
}

Bytes summed_bytes(const Step& step) {
  Bytes sum{};
  for (const ReceivePiece& piece : step.receives) {
    if (piece.combine == Combine::sum) sum += bytes_of(piece.range);
  }
  return sum;
}

void check_schedule(const Schedule& schedule) {
  Step step;
  std::map<Rank, Rank> peers;  // if they are fixed
  for (int index = 0; index < schedule.steps(); ++index) {
    std::map<std::pair<Rank, Rank>, Range> sent;
    std::map<std::pair<Rank, Rank>, Range> received;
    const auto inside = [&](Range range) {
      return range.begin >= 0 && range.count >= 0 &&
             range.begin + range.count <= schedule.elements();
    };
    for (Rank rank = 0; rank < schedule.ranks(); ++rank) {
      schedule.describe(rank, index, step);
      for (const SendPiece& piece : step.sends) {
        CHECK(inside(piece.range), "step {} rank {}", index, rank);
        CHECK(
            !schedule.has_fixed_peers() || peers.emplace(rank, piece.to).first->second == piece.to,
            "step {}: rank {} sends to another peer", index, rank);
        CHECK(piece.to != rank, "step {} rank {} sends to itself", index, rank);
        CHECK(sent.emplace(std::pair(rank, piece.to), piece.range).second,
              "step {}: rank {} sends twice to {}", index, rank, piece.to);
      }
      CHECK(!schedule.has_fixed_peers() || (step.sends.size() == 1 && step.receives.size() == 1),
            "step {} rank {}: not one send and one receive", index, rank);
      Rank previous = -1;
      for (const ReceivePiece& piece : step.receives) {
        CHECK(inside(piece.range), "step {} rank {}", index, rank);
        CHECK(piece.from > previous, "step {} rank {}: receives are not by ascending rank", index,
              rank);
        previous = piece.from;
        received.emplace(std::pair(piece.from, rank), piece.range);
        for (const ReceivePiece& other : step.receives) {
          const bool apart = piece.range.begin + piece.range.count <= other.range.begin ||
                             other.range.begin + other.range.count <= piece.range.begin;
          const bool same_sum = piece.range == other.range && piece.combine == Combine::sum &&
                                other.combine == Combine::sum;
          CHECK(&piece == &other || apart || same_sum, "step {} rank {}: ranges overlap", index,
                rank);
        }
      }
    }
    CHECK(sent == received, "step {}: sends and receives differ", index);
  }
}

}  // namespace gradwire
