// Links emulated in real time, inside one process: a token bucket and a delay line for each, shared
// by all who cross it.
//
// Messages are cut into slices. Each link serves one slice at a time at its rate, and takes turns
// between the flows that cross it (a flow: all that travels from one rank to another). A link
// serves a flow only while few slices of that flow wait at the next link, as a TCP window would, so
// that a flow held up further on leaves its first link to others. A slice enters the next link as
// its first bit does (cut-through): on an idle path a message takes size / rate, not that for each
// hop. The latencies of a route are spent together at its end.
//
// Service times follow from arrival times and not from when a timer fired, so that lateness does
// not accumulate; how late the machine was is measured and reported.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "netmodel/event_queue.hpp"
#include "netmodel/steady_clock.hpp"
#include "netmodel/topology.hpp"
#include "netmodel/transports/link_traffic.hpp"
#include "netmodel/transports/pacer.hpp"

namespace gradwire {

/// How late the shaper's own timers were: the measure of whether this machine could keep up.
struct Lateness {
  std::int64_t events = 0;
  Duration total{};
  Duration worst{};
};

/// A property of a link that the built-in shaper cannot emulate.
class UnsupportedLink : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Lives on one thread, that of its executor, and must outlive the transports that it paces.
class LinkShaper final : public Pacer {
 public:
  /// Emulates rate and latency only. Throws UnsupportedLink for a topology with loss or jitter.
  /// With `acknowledgements` what arrives takes its share of the links back, as over a real network
  /// (tcp/acknowledgements.hpp): on loopback these cost nothing.
  LinkShaper(const boost::asio::any_io_executor& executor, const SteadyClock& clock,
             std::shared_ptr<const Topology> topology, bool acknowledgements = false);

  void transmit(Rank from, Rank to, Bytes size, std::function<void(Bytes)> arrived,
                std::function<void()> left) override;

  std::vector<LinkTraffic> usage() const;
  const Lateness& lateness() const { return lateness_; }

 private:
  struct Transfer {
    Bytes uncut{};  // not cut into slices yet
    TimePoint submitted{};
    std::function<void(Bytes)> arrived;
    std::function<void()> left;
  };
  struct Slice {
    Bytes payload{};
    TimePoint head{};  // when its first bit reached the link
    TimePoint tail{};  // and its last
    std::shared_ptr<Transfer> transfer;
    bool last = false;  // of its transfer
  };
  struct Hop {
    std::deque<Slice> waiting;
    int coming = 0;  // slices that the link before is serving
  };
  struct Flow {
    Route route;
    Route back;  // of acknowledgements; empty: there are none
    Duration latency{};
    Bytes slice{};                                    // payload of a full slice
    std::deque<std::shared_ptr<Transfer>> transfers;  // with something left to cut
    std::vector<Hop> hops;  // by position in the route; the first is unused
  };
  // A flow at one position of its route.
  struct Stage {
    Flow* flow = nullptr;
    std::size_t hop = 0;
  };
  struct LinkState {
    std::vector<Stage> stages;  // of all flows that cross this link; served in turn
    std::size_t next_turn = 0;
    TimePoint free_at{};
    bool serving = false;
    Stage stage;  // what it serves
    Slice slice;
    Bytes carried{};
    Duration busy{};
    double acknowledgements = 0.0;  // bytes that wait to cross it
  };

  Flow& flow(Rank from, Rank to);
  static bool can_serve(const Stage& stage);
  static Slice take(const Stage& stage);
  void serve_next(LinkIndex link, TimePoint now);
  Bytes due_acknowledgements(LinkIndex link, TimePoint begin);
  void finish_slice(LinkIndex link, TimePoint now);
  void deliver(std::uint64_t delivery);
  void add_event(TimePoint when, void (*call)(void*, std::uint64_t), std::uint64_t argument);
  void arm_timer();
  void run_due_events();

  const SteadyClock& clock_;
  std::shared_ptr<const Topology> topology_;
  bool acknowledgements_;
  boost::asio::steady_timer timer_;
  std::optional<TimePoint> armed_for_;
  EventQueue events_;
  TimePoint event_time_{};  // of the event that is being run
  std::unordered_map<std::uint64_t, std::unique_ptr<Flow>> flows_;
  std::vector<LinkState> links_;  // by LinkIndex
  std::unordered_map<std::uint64_t, Slice> deliveries_;
  std::uint64_t next_delivery_ = 0;
  Lateness lateness_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();  // watched by the timer's handler
};

}  // namespace gradwire
