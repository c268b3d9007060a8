// Traffic that is not the training's.
#include <algorithm>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <map>

#include "netmodel/dynamics/happening.hpp"

namespace gradwire {
namespace {

// Flows of one BackgroundFlow, of which any number may be under way.
class Source : public Happening {
 public:
  TimePoint start() const override { return TimePoint(flow_.at); }
  // Takes from the training, and never gives.
  std::optional<Duration> cycle() const override { return Duration{}; }
  void stop() override {
    for (const auto& [number, name] : under_way_) network_.stop_background(name);
    under_way_.clear();
  }

 protected:
  Source(ModelledNetwork& network, const BackgroundFlow& flow) : network_(network), flow_(flow) {}

  void send(std::int64_t bits) {
    const std::uint64_t number = next_number_++;
    const MicroRate cap = flow_.rate ? flow_.rate->count * kMicro : kNoCap;
    under_way_[number] =
        network_.start_background(flow_.from, flow_.to, bits, cap,
                                  {[](void* source, std::uint64_t which) {
                                     static_cast<Source*>(source)->under_way_.erase(which);
                                   },
                                   this, number},
                                  flow_.weight);
  }

  // When it is over; none: never.
  std::optional<TimePoint> end() const {
    return flow_.length ? std::optional(TimePoint(flow_.at) + *flow_.length) : std::nullopt;
  }
  TimePoint no_later_than_end(TimePoint when) const { return std::min(when, end().value_or(when)); }
  bool is_over(TimePoint now) const { return end() && now >= *end(); }

 private:
  ModelledNetwork& network_;
  const BackgroundFlow& flow_;
  std::map<std::uint64_t, std::uint64_t> under_way_;  // number to the network's name for it
  std::uint64_t next_number_ = 0;
};

class SteadySource final : public Source {
 public:
  SteadySource(ModelledNetwork& network, const BackgroundFlow& flow) : Source(network, flow) {}

  std::optional<TimePoint> proceed(TimePoint now) override {
    if (is_over(now)) {
      stop();
      return std::nullopt;
    }
    send(kEndless);
    return end();
  }
};

Duration draw_exponential(RandomEngine& engine, Duration mean) {
  boost::random::exponential_distribution<double> distribution(1.0);
  return std::max(Duration(1), from_seconds(to_seconds(mean) * distribution(engine)));
}

class OnOffSource final : public Source {
 public:
  OnOffSource(ModelledNetwork& network, const BackgroundFlow& flow, RandomEngine engine)
      : Source(network, flow), traffic_(std::get<OnOffTraffic>(flow.traffic)), engine_(engine) {}

  std::optional<TimePoint> proceed(TimePoint now) override {
    stop();
    if (is_over(now)) return std::nullopt;
    on_ = !on_;
    if (on_) send(kEndless);
    const Duration mean = on_ ? traffic_.on : traffic_.off;
    return no_later_than_end(now + (traffic_.exponential ? draw_exponential(engine_, mean) : mean));
  }

 private:
  const OnOffTraffic& traffic_;
  RandomEngine engine_;
  bool on_ = false;
};

class PoissonSource final : public Source {
 public:
  PoissonSource(ModelledNetwork& network, const BackgroundFlow& flow, RandomEngine engine)
      : Source(network, flow),
        traffic_(std::get<PoissonTraffic>(flow.traffic)),
        engine_(engine),
        first_(TimePoint(flow.at) + draw_exponential(engine_, traffic_.gap)) {}

  TimePoint start() const override { return no_later_than_end(first_); }

  std::optional<TimePoint> proceed(TimePoint now) override {
    if (is_over(now)) return std::nullopt;
    boost::random::uniform_int_distribution<std::size_t> which(0, traffic_.sizes.size() - 1);
    send(traffic_.sizes[which(engine_)].count * 8);
    return no_later_than_end(now + draw_exponential(engine_, traffic_.gap));
  }

 private:
  const PoissonTraffic& traffic_;
  RandomEngine engine_;
  TimePoint first_;
};

}  // namespace

std::unique_ptr<Happening> make_happening(ModelledNetwork& network, const BackgroundFlow& flow,
                                          const RandomStreams& streams, std::uint64_t index) {
  if (std::holds_alternative<SteadyTraffic>(flow.traffic)) {
    return std::make_unique<SteadySource>(network, flow);
  }
  RandomEngine engine = streams.stream("background", index);
  if (std::holds_alternative<OnOffTraffic>(flow.traffic)) {
    return std::make_unique<OnOffSource>(network, flow, engine);
  }
  return std::make_unique<PoissonSource>(network, flow, engine);
}

}  // namespace gradwire
