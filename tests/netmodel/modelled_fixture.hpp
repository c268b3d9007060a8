// A modelled star of equal hosts, and coroutines that note when messages leave and arrive.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <vector>

#include "netmodel/task_group.hpp"
#include "netmodel/transports/modelled_network.hpp"
#include "netmodel/virtual_clock.hpp"

namespace gradwire {

/// When a message was handed over, left, and arrived.
struct MessageTimes {
  TimePoint left{};
  TimePoint arrived{};

  friend bool operator==(const MessageTimes&, const MessageTimes&) = default;
};

class ModelledFixture {
 public:
  explicit ModelledFixture(std::vector<StarCable> cables, std::uint64_t seed = 1,
                           const TransportModel& model = {})
      : ModelledFixture(make_star(cables), model, seed) {}
  ModelledFixture(std::shared_ptr<const Topology> topology, const TransportModel& model,
                  std::uint64_t seed = 1)
      : network_(std::make_unique<ModelledNetwork>(clock_, std::move(topology), RandomStreams(seed),
                                                   model)) {}

  VirtualClock& clock() { return clock_; }
  ModelledNetwork& network() { return *network_; }
  TaskGroup& tasks() { return tasks_; }

  /// Sends a message of this size at a time; the times are known after run().
  MessageTimes& message(Duration when, Rank from, Rank to, std::int64_t size) {
    auto& times = times_.emplace_back(std::make_unique<MessageTimes>());
    const Tag tag{times_.size()};
    tasks_.spawn(send(*this, when, from, to, tag, size, *times));
    tasks_.spawn(receive(*this, from, to, tag, *times));
    return *times;
  }

  /// Runs to the end of all tasks, and throws their first error.
  void run() {
    clock_.run(context_);
    if (tasks_.first_error()) std::rethrow_exception(tasks_.first_error());
    EXPECT_TRUE(tasks_.done()) << network_->waiting();
  }
  /// Runs the clock only.
  void run_events() { clock_.run(context_); }
  void destroy_network() { network_.reset(); }

 private:
  static Task<void> send(ModelledFixture& fixture, Duration when, Rank from, Rank to, Tag tag,
                         std::int64_t size, MessageTimes& times) {
    co_await fixture.clock_.sleep_until(TimePoint(when));
    co_await fixture.network_->endpoint(from).send(to, tag, Message::timing_only({size}));
    times.left = fixture.clock_.now();
  }
  static Task<void> receive(ModelledFixture& fixture, Rank from, Rank to, Tag tag,
                            MessageTimes& times) {
    co_await fixture.network_->endpoint(to).receive(from, tag);
    times.arrived = fixture.clock_.now();
  }

  VirtualClock clock_;
  boost::asio::io_context context_{1};
  std::unique_ptr<ModelledNetwork> network_;
  std::vector<std::unique_ptr<MessageTimes>> times_;
  TaskGroup tasks_{context_.get_executor()};
};

/// Equal cables; `latency` is that of a cable, half of what is between two hosts.
inline std::vector<StarCable> equal_cables(int hosts, BitsPerSecond rate, Duration latency,
                                           Duration jitter = {}, double loss = 0.0) {
  return std::vector<StarCable>(static_cast<std::size_t>(hosts),
                                StarCable{rate, latency, jitter, loss});
}

}  // namespace gradwire
