#include "netmodel/step_repetition.hpp"

#include <algorithm>
#include <utility>

namespace gradwire {

StepRepetition::StepRepetition(VirtualClock& clock, const ModelledNetwork& network, Books& books)
    : clock_(clock),
      network_(network),
      books_(books),
      places_(static_cast<std::size_t>(network.size())) {}

std::int64_t StepRepetition::begin(Rank rank, Stretch stretch, std::int64_t step) {
  Place& place = places_[static_cast<std::size_t>(rank)];
  const std::int64_t left_out = std::exchange(place.owed, 0);
  if (rank == 0 && place.stretch != stretch.number) {
    references_.clear();
    settled_ = stretch.alike < 3;
    alike_ = stretch.alike;
  }
  place.stretch = stretch.number;
  place.step = step + left_out;
  place.collectives = network_.collectives_of(rank);
  if (rank == 0 && !settled_) {
    // An event: by then, every coroutine that can go on in this instant has done so.
    check_ = clock_.at(
        clock_.now(),
        {[](void* self, std::uint64_t) { static_cast<StepRepetition*>(self)->check(); }, this});
  }
  return left_out;
}

void StepRepetition::check() {
  RelativeState state = describe();
  if (!state.is_whole() || !same_stretch()) {
    references_.clear();
    return;
  }
  const auto same = std::ranges::find(references_, state, &Reference::state);
  if (same != references_.end()) return leave_out(*same);
  if (references_.empty()) spacing_ = 1;
  const bool is_due = references_.empty() || places_[0].step - references_.back().step >= spacing_;
  if (is_due) refer_to(std::move(state));
}

void StepRepetition::refer_to(RelativeState state) {
  if (references_.size() == kOpen) {
    spacing_ *= 2;
    const std::int64_t first = references_.front().step;
    std::erase_if(references_, [this, first](const Reference& each) {
      return (each.step - first) % spacing_ != 0;
    });
  }
  std::size_t begin = 0;
  while (std::ranges::find(references_, begin, &Reference::begin) != references_.end()) ++begin;
  references_.push_back({std::move(state), places_[0].step, clock_.now(), begin});
  books_.open(begin);
}

RelativeState StepRepetition::describe() const {
  RelativeState state(clock_);
  const std::int64_t first = network_.collectives_of(0);
  for (Rank rank = 0; rank < network_.size(); ++rank) {
    const Place& place = places_[static_cast<std::size_t>(rank)];
    state.add(place.step - places_[0].step);
    state.add(place.collectives - first);
    state.add(network_.collectives_of(rank) - first);
  }
  network_.describe(state);
  books_.describe(state);
  return state;
}

bool StepRepetition::same_stretch() const {
  return std::ranges::all_of(
      places_, [this](const Place& place) { return place.stretch == places_[0].stretch; });
}

// Every rank has at least one step left to begin, in which it learns of this.
void StepRepetition::leave_out(const Reference& since) {
  const Period period{places_[0].step - since.step, clock_.now() - since.when};
  const auto ahead = std::ranges::max_element(places_, {}, &Place::step);
  const std::int64_t times = (alike_ - 2 - ahead->step) / period.steps;
  settled_ = true;
  if (times > 0) {
    for (Place& place : places_) place.owed = times * period.steps;
    books_.leave_out(since.begin, times, period);
  }
  references_.clear();
}

}  // namespace gradwire
