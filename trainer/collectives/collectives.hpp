// The collectives that strategies are made of, as schedules (netmodel/schedule.hpp). N ranks, S the
// size of the buffer; steps and traffic are those of the literature named with each.
#pragma once

#include <memory>

#include "netmodel/schedule.hpp"

namespace gradwire {

using SchedulePtr = std::shared_ptr<const Schedule>;

/// Every rank ends with the sum over all ranks. 2 (N - 1) steps in which each rank sends S / N to
/// its successor: a reduce-scatter, then an all-gather (Patarasuk and Yuan, "Bandwidth optimal
/// all-reduce algorithms for clusters of workstations", JPDC 69(2), 2009). Chunk c is summed in the
/// order c, c + 1, ... around the ring, on every rank the same bits.
SchedulePtr ring_all_reduce(int ranks, std::int64_t elements);

/// How the chunks of a ring are cut. Few and small segments in flight stay in the processor's cache
/// between their arrival and their departure; over a long link those in flight must hold what it
/// carries in one latency.
struct Segmentation {
  Bytes size;         // of the largest segment
  int in_flight = 4;  // how many of a rank may be under way at a time

  friend bool operator==(const Segmentation&, const Segmentation&) = default;
};

/// The same sums, in the same order, with every chunk cut into segments: each goes around the ring
/// on its own, and so on to the next rank as soon as it has come, while others are still on their
/// way ("segmented ring", Open MPI's coll_tuned; NCCL's chunks and slots).
SegmentedSchedule segmented_ring_all_reduce(int ranks, std::int64_t elements,
                                            const Segmentation& segmentation);

/// The same result in one step in which each rank sends its whole buffer to every other: (N - 1) S
/// sent by each. Sums in ascending order of rank.
SchedulePtr all_to_all_all_reduce(int ranks, std::int64_t elements);

/// Rank 0 ends with the sum over all ranks, in ascending order: one step, S sent by every other
/// rank. The buffers of the others keep their content.
SchedulePtr gather_sum(int ranks, std::int64_t elements);

/// Every rank ends with the buffer of rank 0: one step, (N - 1) S sent by rank 0.
SchedulePtr broadcast(int ranks, std::int64_t elements);

/// Rank 0 ends with the part of every rank, of a buffer that is cut by chunk() into parts of whole
/// units of so many elements: one step, each part sent once. Other ranks keep what they have.
SchedulePtr gather_parts(int ranks, std::int64_t units, std::int64_t unit_elements);

/// No rank returns before every rank has called: two steps through rank 0, without payload.
SchedulePtr barrier(int ranks);

}  // namespace gradwire
