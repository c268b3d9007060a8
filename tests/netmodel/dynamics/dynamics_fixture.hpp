// A modelled star of hosts at 10 Mbit/s to which things happen.
#pragma once

#include <gmock/gmock.h>

#include "netmodel/dynamics/network_dynamics.hpp"
#include "tests/netmodel/modelled_fixture.hpp"

namespace gradwire {

/// On the wire 100 segments of 1514 bytes with the frame header of 24 bytes: 1 211 200 bits.
inline constexpr std::int64_t kHundredSegments = 144'776;
inline constexpr BitsPerSecond k10Mbit{10'000'000};
/// What they take at 10 Mbit/s.
inline constexpr Duration kAlone = std::chrono::microseconds(121'120);

class DynamicsTest : public testing::Test {
 protected:
  explicit DynamicsTest(int hosts = 3)
      : fixture_(equal_cables(hosts, k10Mbit, std::chrono::microseconds(50)), 1, model()) {}

  /// Losses bound the rate; TCP does nothing else.
  static TransportModel model() {
    TransportModel model;
    model.carrier = Carrier::tcp;
    model.tcp.slow_start = false;
    model.tcp.acknowledgements = false;
    model.tcp.loss = LossModel::mathis;
    return model;
  }

  /// The links of a host's cable.
  static LinkIndex up(Rank host) { return static_cast<LinkIndex>(host); }
  LinkIndex down(Rank host) { return static_cast<LinkIndex>(fixture_.network().size() + host); }

  void start(DynamicsSpec spec, std::uint64_t seed = 1) {
    spec_ = std::move(spec);
    dynamics_ = std::make_unique<NetworkDynamics>(fixture_.clock(), fixture_.network(), spec_,
                                                  RandomStreams(seed));
  }
  void event(NetworkEvent event) {
    start({.events = {std::move(event)}, .traces = {}, .background = {}});
  }
  void background(BackgroundFlow flow, std::uint64_t seed = 1) {
    start({.events = {}, .traces = {}, .background = {std::move(flow)}}, seed);
  }
  void stop_at(Duration when) {
    fixture_.clock().at(TimePoint(when), {[](void* dynamics, std::uint64_t) {
                                            static_cast<NetworkDynamics*>(dynamics)->stop();
                                          },
                                          dynamics_.get()});
  }
  /// A message of kHundredSegments.
  MessageTimes& message(Duration when, Rank from, Rank to) {
    return fixture_.message(when, from, to, kHundredSegments);
  }
  void run() { fixture_.run(); }

  ModelledFixture fixture_;
  DynamicsSpec spec_;
  std::unique_ptr<NetworkDynamics> dynamics_;
};

}  // namespace gradwire
