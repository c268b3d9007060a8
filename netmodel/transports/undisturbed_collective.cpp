#include "netmodel/transports/undisturbed_collective.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "netmodel/check.hpp"

namespace gradwire {

UndisturbedCollective::UndisturbedCollective(const Schedule& schedule, const Costs& costs,
                                             std::vector<Place> places, std::vector<Piece> pieces)
    : schedule_(schedule),
      costs_(costs),
      places_(std::move(places)),
      pieces_(std::move(pieces)),
      memory_(places_.size()),
      arriving_(places_.size()),
      arriving_next_(places_.size()),
      known_(places_.size()) {
  std::ranges::sort(pieces_, {}, [](const Piece& each) { return std::tuple(each.to, each.step); });
}

// Twice: the first time to learn when that is.
TimePoint UndisturbedCollective::go_to_first_end() {
  std::vector<Place> begin = places_;
  const TimePoint end = run(TimePoint::max());
  CHECK(end != TimePoint::max(), "a message of the collective is missing");
  places_ = std::move(begin);
  done_.resize(places_.size());
  run(end);
  std::erase_if(pieces_, [this](const Piece& each) {
    return each.step < places_[static_cast<std::size_t>(each.to)].step;
  });
  pieces_.insert(pieces_.end(), kept_.begin(), kept_.end());
  return end;
}

// Every rank ends those steps that end before that time, but not its last one. A round is one step
// of all ranks, some of which may be in it before others are.
TimePoint UndisturbedCollective::run(TimePoint until) {
  for (std::size_t rank = 0; rank < known_.size(); ++rank) {
    const auto first = std::ranges::lower_bound(pieces_, static_cast<Rank>(rank), {}, &Piece::to);
    known_[rank] = static_cast<std::uint32_t>(first - pieces_.begin());
  }
  kept_.clear();
  first_end_ = TimePoint::max();
  std::ranges::fill(arriving_next_, TimePoint::max());
  int round = std::ranges::min_element(places_, {}, &Place::step)->step;
  while (round < schedule_.steps() && run_round(round, until)) ++round;
  return first_end_;
}

// False when every rank has stopped in an earlier step.
bool UndisturbedCollective::run_round(int round, TimePoint until) {
  std::swap(arriving_, arriving_next_);
  std::ranges::fill(arriving_next_, TimePoint::max());
  const bool is_last = round + 1 == schedule_.steps();
  bool goes_on = false;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const auto rank = static_cast<Rank>(i);
    Place& place = places_[i];
    goes_on = goes_on || place.step >= round;
    if (place.step > round) continue;
    const bool is_new = arriving_[i] != TimePoint::max();
    const TimePoint arrival = is_new ? arriving_[i] : known_arrival(rank, round);
    if (place.step == round && arrival != TimePoint::max()) {
      const TimePoint gathered = std::max(place.drained, arrival);
      const TimePoint end = gathered + place.reduction;
      if (is_last) first_end_ = std::min(first_end_, end);
      if (!is_last && end < until) {
        if (!done_.empty()) {
          done_[i].times +=
              {place.drained - place.started, gathered - place.drained, end - gathered};
        }
        ++place.step;
        begin_step(rank, end);
        continue;
      }
    }
    if (is_new && !done_.empty()) kept_.push_back({rank, round, arrival});
  }
  return goes_on;
}

// Of a message that was begun before this run, if it was.
TimePoint UndisturbedCollective::known_arrival(Rank rank, int round) {
  std::uint32_t& known = known_[static_cast<std::size_t>(rank)];
  const bool is_there =
      known < pieces_.size() && pieces_[known].to == rank && pieces_[known].step == round;
  return is_there ? pieces_[known++].arrives : TimePoint::max();
}

void UndisturbedCollective::begin_step(Rank rank, TimePoint when) {
  const auto i = static_cast<std::size_t>(rank);
  Place& place = places_[i];
  Memory& memory = memory_[i];
  schedule_.describe(rank, place.step, scratch_);
  const Bytes size = bytes_of(scratch_.sends.front().range);
  if (memory.size != size) {
    memory.size = size;
    memory.message = costs_.message(rank, size);
  }
  const Bytes summed = summed_bytes(scratch_);
  if (memory.summed != summed) {
    memory.summed = summed;
    memory.reduction = summed == Bytes{} ? Duration{} : costs_.reduction(rank, summed);
  }
  place.started = when;
  place.drained = when + memory.message.before + memory.message.sending;
  place.last_arrives = place.arrives;
  place.arrives = std::max(place.arrives, place.drained + memory.message.travelling);
  place.reduction = memory.reduction;
  arriving_next_[static_cast<std::size_t>(place.to)] = place.arrives;
  if (done_.empty()) return;
  Done& done = done_[i];
  ++done.messages;
  done.payload += size;
  done.bits += memory.message.bits;
  done.sending += memory.message.sending;
}

}  // namespace gradwire
