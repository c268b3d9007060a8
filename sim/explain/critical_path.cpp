#include "sim/explain/critical_path.hpp"

#include <algorithm>
#include <optional>

namespace gradwire {
namespace {

Cause held_by(const FlowLimit& limit) { return {Cause::Kind::limit, limit}; }

// Goes back in time from the end.
class Walk {
 public:
  Walk(const Recorded& recorded, Rank rank, TimePoint begin, TimePoint end)
      : recorded_(recorded),
        rank_(rank),
        begin_(begin),
        time_(end),
        arrivals_(recorded.work.size()),
        departures_(recorded.work.size()),
        used_(recorded.flows.size()) {
    for (std::size_t i = 0; i < recorded.flows.size(); ++i) {
      arrivals_[at(recorded.flows[i].to)].push_back(i);
      departures_[at(recorded.flows[i].from)].push_back(i);
    }
    for (auto& departures : departures_) {
      std::ranges::stable_sort(departures, {}, [&](std::size_t i) { return flow(i).left; });
    }
  }

  std::vector<PathPiece> run() {
    while (time_ > begin_) step();
    std::ranges::reverse(path_);
    return std::move(path_);
  }

 private:
  static std::size_t at(Rank rank) { return static_cast<std::size_t>(rank); }
  const FlowRecord& flow(std::size_t index) const { return recorded_.flows[index]; }
  const std::vector<WorkSpan>& spans() const { return recorded_.work[at(rank_)]; }

  void step() {
    const auto behind = std::exchange(behind_, std::nullopt);
    if (behind) {
      if (const auto before = departure([&](const auto& each) { return each.to == *behind; })) {
        return follow(*before);
      }
    }
    if (const auto arrived = arrival()) {
      back_to(flow(*arrived).left, {Cause::Kind::latency, {}});
      return follow(*arrived);
    }
    const auto span = std::ranges::lower_bound(spans(), time_, {}, &WorkSpan::end);
    if (span != spans().end() && span->end == time_) {
      return back_to(span->begin, {Cause::Kind::compute, {}});
    }
    if (const auto left = departure([](const auto&) { return true; })) return follow(*left);
    back_to(latest_before(), {});
  }

  // What of this rank's ended now and has not been followed.
  std::optional<std::size_t> arrival() const {
    const auto& own = arrivals_[at(rank_)];
    auto each =
        std::ranges::upper_bound(own, time_, {}, [&](std::size_t i) { return flow(i).arrived; });
    while (each != own.begin() && flow(*std::prev(each)).arrived == time_) {
      if (!used_[*--each]) return *each;
    }
    return std::nullopt;
  }

  template <typename Condition>
  std::optional<std::size_t> departure(const Condition& condition) const {
    const auto& own = departures_[at(rank_)];
    auto each =
        std::ranges::upper_bound(own, time_, {}, [&](std::size_t i) { return flow(i).left; });
    while (each != own.begin() && flow(*std::prev(each)).left == time_) {
      if (!used_[*--each] && condition(flow(*each))) return *each;
    }
    return std::nullopt;
  }

  // When something of this rank's ended last before now; the beginning if nothing did.
  TimePoint latest_before() const {
    TimePoint latest = begin_;
    const auto consider = [&](TimePoint when) {
      if (when < time_) latest = std::max(latest, when);
    };
    const auto& arrived = arrivals_[at(rank_)];
    const auto first_later = [&](const auto& own, auto when) {
      return std::ranges::lower_bound(own, time_, {}, when);
    };
    const auto arrival = first_later(arrived, [&](std::size_t i) { return flow(i).arrived; });
    if (arrival != arrived.begin()) consider(flow(*std::prev(arrival)).arrived);
    const auto& left = departures_[at(rank_)];
    const auto departure = first_later(left, [&](std::size_t i) { return flow(i).left; });
    if (departure != left.begin()) consider(flow(*std::prev(departure)).left);
    const auto span = first_later(spans(), &WorkSpan::end);
    if (span != spans().begin()) consider(std::prev(span)->end);
    return latest;
  }

  // From when a message has left back to when its turn came, at its sender.
  void follow(std::size_t index) {
    used_[index] = true;
    const FlowRecord& message = flow(index);
    for (std::size_t i = message.phases.size(); i-- > 0;) {
      back_to(message.phases[i].since, held_by(message.phases[i].limit));
    }
    rank_ = message.from;
    if (message.turn > message.handed) behind_ = message.to;
  }

  void back_to(TimePoint when, const Cause& cause) {
    when = std::max(when, begin_);
    if (when >= time_) return;
    if (!path_.empty() && path_.back().cause == cause) {
      path_.back().length += time_ - when;
    } else {
      path_.push_back({cause, time_ - when});
    }
    time_ = when;
  }

  const Recorded& recorded_;
  Rank rank_;
  TimePoint begin_;
  TimePoint time_;
  std::vector<std::vector<std::size_t>> arrivals_;    // flows by receiver
  std::vector<std::vector<std::size_t>> departures_;  // flows by sender
  std::vector<bool> used_;                            // flows that the path has
  std::optional<Rank> behind_;  // the message followed last waited behind another one to this rank
  std::vector<PathPiece> path_;
};

}  // namespace

std::vector<PathPiece> critical_path(const Recorded& recorded, Rank rank, TimePoint begin,
                                     TimePoint end) {
  return Walk(recorded, rank, begin, end).run();
}

std::vector<PathPiece> shares_of(std::span<const PathPiece> path) {
  std::vector<PathPiece> shares;
  for (const PathPiece& piece : path) {
    const auto known = std::ranges::find(shares, piece.cause, &PathPiece::cause);
    if (known == shares.end()) {
      shares.push_back(piece);
    } else {
      known->length += piece.length;
    }
  }
  std::ranges::stable_sort(shares, std::ranges::greater{}, &PathPiece::length);
  return shares;
}

}  // namespace gradwire
