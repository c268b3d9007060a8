// How long flows take in the network model: our side of bench/peers/ns3.sh and
// bench/peers/kernel.sh.
//
// Reads cases from standard input, one a line, and prints for each the mean time until the last of
// its flows has arrived, in seconds, and its variance over the seeds:
//
//   dumbbell RATE ROUND_TRIP LOSS QUEUE FLOWS BYTES SEEDS   over one slow link between switches
//   star     RATE ROUND_TRIP BURST BUFFER FLOWS BYTES SEEDS  each sender to one receiver
//   switched RATE ROUND_TRIP QUEUE BUFFER FLOWS BYTES SEEDS  likewise, store and forward, a queue
//
// RATE is in bit/s, ROUND_TRIP in nanoseconds, LOSS a fraction, the others are bytes; a BUFFER of 0
// is the model's default. The software of all ends of a star is one thread, as in
// bench/peers/kernel_case.cpp. Options: --reno, --as-ns3 (neither RACK nor probes: a lost tail
// waits for the timeout), --cost NANOSECONDS (of software, for a message at each end),
// --cost-per-megabyte NANOSECONDS.
#include <fmt/core.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>

#include "netmodel/check.hpp"
#include "netmodel/frame.hpp"
#include "netmodel/topologies/shape.hpp"
#include "netmodel/transports/modelled_network.hpp"
#include "netmodel/virtual_clock.hpp"

namespace gradwire {
namespace {

struct Flows {
  NetworkSpec spec;
  TransportModel model;
  int count = 0;
  bool to_one = false;
  Bytes size{};
  int seeds = 0;
  Duration turn{};  // between one message and the next one
};

class LastArrival final : public TransferListener {
 public:
  explicit LastArrival(VirtualClock& clock) : clock_(clock) {}
  void drained(Rank, Rank, std::uint64_t) override {}
  void delivered(Rank, Rank, std::uint64_t, Message) override {
    ++arrived_;
    last_ = clock_.now();
  }
  void dropped(Rank, Rank, std::uint64_t) override {}
  int arrived() const { return arrived_; }
  TimePoint last() const { return last_; }

 private:
  VirtualClock& clock_;
  int arrived_ = 0;
  TimePoint last_{};
};

class Senders {
 public:
  Senders(ModelledNetwork& network, const Flows& flows, TransferListener& arrivals)
      : network_(network), flows_(flows), arrivals_(arrivals) {}

  void send(std::uint64_t number) {
    const auto flow = static_cast<Rank>(number);
    const Rank from = flows_.to_one ? flow + 1 : flow;
    const Rank to = flows_.to_one ? 0 : flows_.count + flow;
    network_.transfer(from, to, 0, Message::timing_only(flows_.size - Bytes{kFrameHeaderBytes}),
                      arrivals_);
  }

 private:
  ModelledNetwork& network_;
  const Flows& flows_;
  TransferListener& arrivals_;
};

// What bench/peers/ns3_case.cpp sets as its window of 3 MiB: its senders fill their buffers at
// once.
constexpr Bytes kNs3Buffer{(3 << 20) * 3 / 2};

double run(const Flows& flows, std::uint64_t seed) {
  VirtualClock clock;
  boost::asio::io_context context(1);
  LastArrival arrivals(clock);
  ModelledNetwork network(clock, make_topology(flows.spec), RandomStreams(seed), flows.model);
  Senders senders(network, flows, arrivals);
  const auto send = [](void* all, std::uint64_t flow) { static_cast<Senders*>(all)->send(flow); };
  for (int flow = 0; flow < flows.count; ++flow) {
    clock.at(TimePoint(flow * flows.turn), {send, &senders, static_cast<std::uint64_t>(flow)});
  }
  clock.run(context);
  CHECK(arrivals.arrived() == flows.count, "{} of {}", arrivals.arrived(), flows.count);
  return to_seconds(arrivals.last().time_since_epoch());
}

Flows read(const std::string& line, const TransportModel& model) {
  std::istringstream words(line);
  std::string shape;
  std::int64_t rate = 0;
  std::int64_t round_trip = 0;
  Flows flows{.spec = {}, .model = model};
  Cable cable;
  words >> shape >> rate >> round_trip;
  if (shape == "dumbbell") {
    std::int64_t queue = 0;
    words >> cable.loss >> queue;
    // Hosts have ten times the rate, so that the link between the switches is the slow one.
    flows.spec.shape = DumbbellShape{{rate}, Duration(round_trip / 2)};
    flows.spec.between_switches.queue = Bytes{queue};
    flows.spec.between_switches.loss = 1.0 - (1.0 - cable.loss) * (1.0 - cable.loss);
    cable.loss = 0.0;
    cable.rate = {10 * rate};
    flows.model.store_and_forward = true;
    flows.model.tcp.send_buffer = kNs3Buffer;
  } else {
    std::int64_t buffer = 0;
    std::int64_t space = 0;
    words >> space >> buffer;
    if (shape == "switched") {
      cable.queue = Bytes{space};
      flows.model.store_and_forward = true;
    } else {
      cable.burst = {space};
    }
    flows.spec.shape = StarShape{};
    flows.to_one = true;
    cable.rate = {rate};
    cable.latency = Duration(round_trip / 2);
    if (buffer > 0) {
      flows.model.tcp.send_buffer = {buffer};
      flows.model.tcp.receive_buffer = {buffer};
    }
  }
  words >> flows.count >> flows.size.count >> flows.seeds;
  if (flows.to_one) {
    // One thread serves all ends there: it sends and receives each message in its turn, of a long
    // one what leaves at once.
    const Bytes first{model.tcp.initial_window * kTcpPackets.payload};
    flows.turn = model.cost_per_message + model.software_cost(std::min(flows.size, first));
  }
  CHECK(!words.fail() && (shape == "star" || shape == "switched" || shape == "dumbbell"),
        "cannot read: {}", line);
  const int hosts = flows.to_one ? flows.count + 1 : 2 * flows.count;
  flows.spec.cables.assign(static_cast<std::size_t>(hosts), cable);
  return flows;
}

int main_of(int argc, char** argv) {
  TransportModel model;
  model.carrier = Carrier::tcp;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const auto nanoseconds = [&] {
      CHECK(i + 1 < argc, "{} needs a number", option);
      return Duration(std::atoll(argv[++i]));
    };
    if (option == "--reno") {
      model.tcp.congestion = CongestionControl::reno;
    } else if (option == "--as-ns3") {
      model.tcp.tail_loss_probe = false;
      model.tcp.rack = false;
    } else if (option == "--cost") {
      model.cost_per_message = nanoseconds();
    } else if (option == "--cost-per-megabyte") {
      model.cost_per_megabyte = nanoseconds();
    } else {
      CHECK(false, "unknown option {}", option);
    }
  }
  for (std::string line; std::getline(std::cin, line);) {
    const Flows flows = read(line, model);
    double sum = 0.0;
    double squares = 0.0;
    for (int seed = 1; seed <= flows.seeds; ++seed) {
      const double time = run(flows, static_cast<std::uint64_t>(seed));
      sum += time;
      squares += time * time;
    }
    const double mean = sum / flows.seeds;
    fmt::print("{:.9f} {:.9f}\n", mean, squares / flows.seeds - mean * mean);
  }
  return 0;
}

}  // namespace
}  // namespace gradwire

int main(int argc, char** argv) { return gradwire::main_of(argc, argv); }
