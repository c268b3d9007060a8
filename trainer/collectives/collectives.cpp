#include "trainer/collectives/collectives.hpp"

#include <algorithm>

#include "netmodel/check.hpp"
#include "trainer/collectives/chunks.hpp"

namespace gradwire {
namespace {

// What all schedules here know.
class Collective : public Schedule {
 public:
  Collective(int ranks, std::int64_t elements, int steps)
      : ranks_(ranks), elements_(elements), steps_(ranks == 1 ? 0 : steps) {
    CHECK(ranks >= 1 && elements >= 0, "ranks={} elements={}", ranks, elements);
  }
  int ranks() const override { return ranks_; }
  std::int64_t elements() const override { return elements_; }
  int steps() const override { return steps_; }

  void describe(Rank rank, int index, Step& step) const final {
    step.sends.clear();
    step.receives.clear();
    fill(rank, index, step);
  }

 protected:
  virtual void fill(Rank rank, int index, Step& step) const = 0;
  Range whole() const { return {0, elements_}; }

 private:
  int ranks_;
  std::int64_t elements_;
  int steps_;
};

class RingAllReduce final : public Collective {
 public:
  // Of every chunk, only that part.
  RingAllReduce(int ranks, std::int64_t elements, int part, int parts)
      : Collective(ranks, elements, 2 * (ranks - 1)),
        chunks_(elements, ranks),
        part_of_larger_(chunk(chunks_[0].count, parts, part)),
        part_of_smaller_(chunk(chunks_[ranks - 1].count, parts, part)) {}

  bool has_fixed_peers() const override { return true; }

 private:
  void fill(Rank rank, int index, Step& step) const override {
    const int half = ranks() - 1;
    const bool gathering = index >= half;
    // Chunk r starts at rank r and has gone once around, summed, after N - 1 steps; it is then
    // complete at rank r - 1, where its second round starts.
    const int sent = gathering ? rank + 1 - (index - half) : rank - index;
    const Combine combine = gathering ? Combine::replace : Combine::sum;
    step.sends.push_back({wrap(rank + 1), of_chunk(sent)});
    step.receives.push_back({wrap(rank - 1), of_chunk(sent - 1), combine});
  }
  // A value that is off by once around at most; without a division, which takes longer than the
  // rest.
  int wrap(int value) const {
    if (value < 0) return value + ranks();
    return value < ranks() ? value : value - ranks();
  }
  Range of_chunk(int index) const {
    const int place = wrap(index);
    const Range part = chunks_.is_larger(place) ? part_of_larger_ : part_of_smaller_;
    return {chunks_[place].begin + part.begin, part.count};
  }

  Chunks chunks_;
  // Of a chunk: those of the first, if it is larger than others, and of the last.
  Range part_of_larger_;
  Range part_of_smaller_;
};

class AllToAllAllReduce final : public Collective {
 public:
  AllToAllAllReduce(int ranks, std::int64_t elements) : Collective(ranks, elements, 1) {}

 private:
  void fill(Rank rank, int /*index*/, Step& step) const override {
    for (Rank peer = 0; peer < ranks(); ++peer) {
      if (peer == rank) continue;
      step.sends.push_back({peer, whole()});
      step.receives.push_back({peer, whole(), Combine::sum});
    }
  }
};

class GatherSum final : public Collective {
 public:
  GatherSum(int ranks, std::int64_t elements) : Collective(ranks, elements, 1) {}

 private:
  void fill(Rank rank, int /*index*/, Step& step) const override {
    if (rank != 0) {
      step.sends.push_back({0, whole()});
      return;
    }
    for (Rank peer = 1; peer < ranks(); ++peer) {
      step.receives.push_back({peer, whole(), Combine::sum});
    }
  }
};

class Broadcast final : public Collective {
 public:
  Broadcast(int ranks, std::int64_t elements) : Collective(ranks, elements, 1) {}

 private:
  void fill(Rank rank, int /*index*/, Step& step) const override {
    if (rank != 0) {
      step.receives.push_back({0, whole(), Combine::replace});
      return;
    }
    for (Rank peer = 1; peer < ranks(); ++peer) step.sends.push_back({peer, whole()});
  }
};

class GatherParts final : public Collective {
 public:
  GatherParts(int ranks, std::int64_t units, std::int64_t unit_elements)
      : Collective(ranks, units * unit_elements, 1), units_(units), unit_elements_(unit_elements) {}

 private:
  void fill(Rank rank, int /*index*/, Step& step) const override {
    if (rank != 0) {
      step.sends.push_back({0, part(rank)});
      return;
    }
    for (Rank peer = 1; peer < ranks(); ++peer) {
      step.receives.push_back({peer, part(peer), Combine::replace});
    }
  }
  Range part(Rank rank) const {
    const Range units = chunk(units_, ranks(), rank);
    return {units.begin * unit_elements_, units.count * unit_elements_};
  }

  std::int64_t units_;
  std::int64_t unit_elements_;
};

class Barrier final : public Collective {
 public:
  explicit Barrier(int ranks) : Collective(ranks, 0, 2) {}

 private:
  void fill(Rank rank, int index, Step& step) const override {
    const bool towards_root = index == 0;
    for (Rank peer = rank == 0 ? 1 : 0; peer < (rank == 0 ? ranks() : 1); ++peer) {
      if (towards_root == (rank != 0)) {
        step.sends.push_back({peer, whole()});
      } else {
        step.receives.push_back({peer, whole(), Combine::replace});
      }
    }
  }
};

}  // namespace

SchedulePtr ring_all_reduce(int ranks, std::int64_t elements) {
  return std::make_shared<RingAllReduce>(ranks, elements, 0, 1);
}
SegmentedSchedule segmented_ring_all_reduce(int ranks, std::int64_t elements,
                                            const Segmentation& segmentation) {
  const std::int64_t chunk_bytes = bytes_of(chunk(elements, ranks, 0)).count;
  const std::int64_t size = segmentation.size.count;
  CHECK(size > 0 && segmentation.in_flight > 0, "segments of {} bytes, {} in flight", size,
        segmentation.in_flight);
  const auto count = static_cast<int>(std::max<std::int64_t>(1, (chunk_bytes + size - 1) / size));
  SegmentedSchedule schedule{{}, segmentation.in_flight};
  for (int i = 0; i < count; ++i) {
    schedule.segments.push_back(std::make_shared<RingAllReduce>(ranks, elements, i, count));
  }
  return schedule;
}
SchedulePtr all_to_all_all_reduce(int ranks, std::int64_t elements) {
  return std::make_shared<AllToAllAllReduce>(ranks, elements);
}
SchedulePtr gather_sum(int ranks, std::int64_t elements) {
  return std::make_shared<GatherSum>(ranks, elements);
}
SchedulePtr broadcast(int ranks, std::int64_t elements) {
  return std::make_shared<Broadcast>(ranks, elements);
}
SchedulePtr gather_parts(int ranks, std::int64_t units, std::int64_t unit_elements) {
  return std::make_shared<GatherParts>(ranks, units, unit_elements);
}
SchedulePtr barrier(int ranks) { return std::make_shared<Barrier>(ranks); }

}  // namespace gradwire
