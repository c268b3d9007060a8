#include "netmodel/dynamics/happening.hpp"

#include "netmodel/dynamics/rate_trace.hpp"
#include "netmodel/overloaded.hpp"

namespace gradwire {
namespace {

class EventHappening final : public Happening {
 public:
  EventHappening(ModelledNetwork& network, const NetworkEvent& event)
      : network_(network), event_(event) {}

  TimePoint start() const override { return TimePoint(event_.at); }

  std::optional<TimePoint> proceed(TimePoint now) override {
    if (under_way_) {
      end();
      under_way_ = false;
      return event_.every ? std::optional(began_ + *event_.every) : std::nullopt;
    }
    began_ = now;
    begin();
    if (const auto length = length_of_action()) {
      under_way_ = true;
      return now + *length;
    }
    return event_.every ? std::optional(now + *event_.every) : std::nullopt;
  }

  std::optional<Duration> cycle() const override {
    return began_ == TimePoint::min() ? std::nullopt : event_.every;
  }

 private:
  void begin() {
    std::visit(
        Overloaded{[this](const SetLinks& set) {
                     for (const LinkIndex link : set.links) {
                       network_.change_link(link, set.change);
                     }
                   },
                   [this](const CutLinks& cut) {
                     for (const LinkIndex link : cut.links) network_.cut(link);
                   },
                   [this](const RestoreLinks& restore) {
                     for (const LinkIndex link : restore.links) network_.restore(link);
                   },
                   [this](const RestoreAll&) { network_.restore_all(); },
                   [this](const Partition& partition) { network_.divide(partition.group_of); },
                   [this](const Leave& leave) { network_.disconnect(leave.host); }},
        event_.action);
  }

  void end() {
    if (const auto* cut = std::get_if<CutLinks>(&event_.action)) {
      for (const LinkIndex link : cut->links) network_.restore(link);
    } else {
      network_.divide({});
    }
  }

  std::optional<Duration> length_of_action() const {
    if (const auto* cut = std::get_if<CutLinks>(&event_.action)) return cut->length;
    const auto* partition = std::get_if<Partition>(&event_.action);
    return partition != nullptr ? partition->length : std::nullopt;
  }

  ModelledNetwork& network_;
  const NetworkEvent& event_;
  TimePoint began_ = TimePoint::min();
  bool under_way_ = false;
};

class TraceHappening final : public Happening {
 public:
  TraceHappening(ModelledNetwork& network, const LinkTrace& trace)
      : network_(network),
        trace_(trace),
        reader_(trace.file, trace.unit),
        pass_start_(trace.at),
        next_(reader_.next()) {}

  TimePoint start() const override { return pass_start_; }

  std::optional<TimePoint> proceed(TimePoint /*now*/) override {
    if (!next_) return std::nullopt;
    for (const LinkIndex link : trace_.links) network_.change_link(link, {.rate = next_->rate});
    next_ = reader_.next();
    if (!next_ && trace_.loop && reader_.end() > Duration{}) {
      length_ = reader_.end();
      pass_start_ += *length_;
      reader_.rewind();
      next_ = reader_.next();
    }
    return next_ ? std::optional(pass_start_ + next_->at) : std::nullopt;
  }

  std::optional<Duration> cycle() const override { return length_; }

 private:
  ModelledNetwork& network_;
  const LinkTrace& trace_;
  TraceReader reader_;
  TimePoint pass_start_;
  std::optional<TraceReader::Point> next_;
  std::optional<Duration> length_;  // once it has been read to its end
};

}  // namespace

std::unique_ptr<Happening> make_happening(ModelledNetwork& network, const NetworkEvent& event) {
  return std::make_unique<EventHappening>(network, event);
}

std::unique_ptr<Happening> make_happening(ModelledNetwork& network, const LinkTrace& trace) {
  return std::make_unique<TraceHappening>(network, trace);
}

}  // namespace gradwire
