// Finds out that the steps of a training in virtual time repeat themselves, and leaves out those
// that would only do so again.
//
// Each time that rank 0 begins a step, everything that decides the future (what is under way, how
// much of it is left, how long events are still to come, where every rank is in its steps) is
// written down relative to now (RelativeState). The model does not know how late it is, nor does
// the order of simultaneous events matter to it. So once such a state is the same as one of an
// earlier step, all that has happened since will happen again, to the nanosecond, for as long as
// the steps to come are like those. Then no time passes and no state changes: the steps under way
// take another number, and whoever keeps the books adds what was left out.
//
// Where the future depends on more than that (an event that the scenario gives a time, something
// drawn at random, messages outside of collectives), nothing is left out.
#pragma once

#include <vector>

#include "netmodel/relative_state.hpp"
#include "netmodel/transports/modelled_network.hpp"

namespace gradwire {

/// Goes before its clock and network.
class StepRepetition {
 public:
  /// What has been found to repeat itself.
  struct Period {
    std::int64_t steps = 0;
    Duration duration{};
  };

  /// So many periods may be under way at a time.
  static constexpr std::size_t kOpen = 8;

  /// Who keeps the books, and knows what the network does not.
  class Books {
   public:
    virtual ~Books() = default;
    /// Adds what ranks do outside of the network, the place of each within its step included.
    virtual void describe(RelativeState& state) const = 0;
    /// A period may begin now. Its begin goes by this number from now on, one below kOpen.
    virtual void open(std::size_t begin) = 0;
    /// The period since then comes so many times more, and these are left out.
    virtual void leave_out(std::size_t begin, std::int64_t times, Period period) = 0;
  };

  StepRepetition(VirtualClock& clock, const ModelledNetwork& network, Books& books);
  ~StepRepetition() { clock_.cancel(check_); }
  StepRepetition(const StepRepetition&) = delete;
  StepRepetition& operator=(const StepRepetition&) = delete;

  /// A stretch of steps (an epoch), of which the first `alike` are the same work for every rank.
  struct Stretch {
    std::int64_t number = 0;
    std::int64_t alike = 0;
  };

  /// Called by each rank when it begins step `step` (from 0) of a stretch. Returns how many steps
  /// it leaves out before that: it takes step `step` + that number instead.
  std::int64_t begin(Rank rank, Stretch stretch, std::int64_t step);

 private:
  struct Place {
    std::int64_t stretch = -1;
    std::int64_t step = 0;
    std::int64_t owed = 0;         // steps to leave out before the next one
    std::int64_t collectives = 0;  // that the rank had joined when it began the step
  };
  struct Reference {
    RelativeState state;
    std::int64_t step = 0;
    TimePoint when{};
    std::size_t begin = 0;  // of a period, in the books
  };

  void check();
  void refer_to(RelativeState state);
  RelativeState describe() const;
  bool same_stretch() const;
  void leave_out(const Reference& since);

  VirtualClock& clock_;
  const ModelledNetwork& network_;
  Books& books_;
  std::vector<Place> places_;  // by rank
  std::int64_t alike_ = 0;
  // Each state is compared with those of some earlier steps, `spacing_` apart. When there are kOpen
  // of them, every other one is dropped, and the spacing doubles. A repetition is thus found soon
  // after it begins: late by the spacing at most, which is less than a quarter of what has been run
  // (Sedgewick, Szymanski, Yao: "The complexity of finding cycles in periodic functions", SIAM
  // Journal on Computing 11(2), 1982).
  std::vector<Reference> references_;  // by step
  std::int64_t spacing_ = 1;
  bool settled_ = false;  // nothing more is to be found in this stretch
  EventId check_;
};

}  // namespace gradwire
