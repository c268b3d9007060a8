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

#include <optional>
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

  /// Who keeps the books, and knows what the network does not.
  class Books {
   public:
    virtual ~Books() = default;
    /// Adds what ranks do outside of the network, the place of each within its step included.
    virtual void describe(RelativeState& state) const = 0;
    /// A period may begin now.
    virtual void open() = 0;
    /// The period since open() comes so many times more, and these are left out.
    virtual void leave_out(std::int64_t times, Period period) = 0;
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
  };

  void check();
  RelativeState describe() const;
  bool same_stretch() const;
  void leave_out(Period period);

  VirtualClock& clock_;
  const ModelledNetwork& network_;
  Books& books_;
  std::vector<Place> places_;  // by rank
  std::int64_t alike_ = 0;
  // Brent's way to find a cycle: each state is compared with one reference, which is replaced after
  // 1, 2, 4, 8, ... steps (BIT 20(2), 1980).
  std::optional<Reference> reference_;
  std::int64_t patience_ = 1;
  bool settled_ = false;  // nothing more is to be found in this stretch
  EventId check_;
};

}  // namespace gradwire
