#include "sim/hosts/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <thread>

#include "netmodel/tcp/wire.hpp"

namespace gradwire {
namespace {

constexpr int kAttempts = 3;
constexpr int kConnectAttempts = 200;
constexpr Duration kCommandLimit = std::chrono::seconds(60);

// Beyond this a connection spends a visible part of a second on its slow start.
constexpr Duration kShortRoundTrip = std::chrono::milliseconds(2);

// The payload of a ping, the least that carries its time, and its size with all headers.
constexpr const char* kPingPayload = "16";
constexpr double kPingBits = 8.0 * (16 + 8 + 20 + 14);

constexpr int kPings = 20;
constexpr int kPingsForMean = 200;
constexpr int kPingsForLoss = 1'000;
constexpr double kStandardErrors = 4.0;  // that a loss may be off by chance

// UDP payload of a full frame, and what is around it: Ethernet, IPv4, UDP.
constexpr std::int64_t kDatagram = 1472;
constexpr std::int64_t kDatagramOverhead = 42;

class Verification {
 public:
  Verification(const Testbed& testbed, const Tolerance& tolerance)
      : testbed_(testbed), tolerance_(tolerance) {}

  std::vector<LinkCheck> run() {
    for (const HostPlan::Way& way : testbed_.plan().ways) {
      checks_.push_back(best_of([&] { return round_trip(way); }));
      if (way.loss > 0.0) checks_.push_back(best_of([&] { return loss(way); }));
      checks_.push_back(best_of([&] { return goodput(way); }));
    }
    return std::move(checks_);
  }

 private:
  template <typename Measure>
  LinkCheck best_of(const Measure& measure) {
    LinkCheck check = measure();
    for (int attempt = 1; attempt < kAttempts && !check.within; ++attempt) check = measure();
    return check;
  }

  const std::string& address(Rank rank) const {
    return testbed_.plan().hosts[static_cast<std::size_t>(rank)].address;
  }
  const std::string& name(Rank rank) const {
    return testbed_.plan().hosts[static_cast<std::size_t>(rank)].name;
  }

  LinkCheck check_of(const HostPlan::Way& way, const char* quantity) const {
    LinkCheck check;
    check.way = fmt::format("{} to {}", name(way.from), name(way.to));
    check.quantity = quantity;
    return check;
  }

  Finished run_on(Rank rank, const std::vector<std::string>& command) const {
    Finished finished = run_command(testbed_.on_node(name(rank), command), kCommandLimit);
    testbed_.stop_if_abandoned();
    return finished;
  }

  // The number that the pattern's group matches in what ping says; it fails when nothing answers.
  double ping(const HostPlan::Way& way, int count, const std::string& interval,
              const std::string& pattern) const {
    const Finished finished =
        run_on(way.from, {"ping", "-q", "-n", "-c", std::to_string(count), "-i", interval, "-s",
                          kPingPayload, "-W", "2", address(way.to)});
    std::smatch found;
    if (!std::regex_search(finished.output, found, std::regex(pattern))) {
      throw TestbedError(fmt::format("{} does not reach {}: {}{}", name(way.from), name(way.to),
                                     finished.output, finished.errors));
    }
    return std::stod(found[1].str());
  }

  // The shortest one: all else is this machine's delay, not the link's. With jitter the mean.
  LinkCheck round_trip(const HostPlan::Way& way) const {
    LinkCheck check = check_of(way, "round-trip");
    const bool varies = way.jitter > Duration{};
    check.requested = to_seconds(way.latency);
    check.expected = to_seconds(way.latency) + to_seconds(way.jitter) / 2;
    // A token bucket lets single packets pass at once, the built-in switch stores and forwards
    // them.
    if (testbed_.shaper() == "builtin") {
      for (const std::size_t direction : way.directions) {
        const Link& link = testbed_.plan().directions[direction].link;
        check.expected += 2.0 * kPingBits / static_cast<double>(link.rate.count);
      }
    }
    const std::string number = "([0-9.]+)";
    check.delivered = 1e-3 * ping(way, varies ? kPingsForMean : kPings, "0.01",
                                  varies ? "= [0-9.]+/" + number : "= " + number);
    const double allowed =
        std::max(to_seconds(tolerance_.round_trip), tolerance_.round_trip_share * check.expected);
    check.within = std::abs(check.delivered - check.expected) <= allowed;
    return check;
  }

  LinkCheck loss(const HostPlan::Way& way) const {
    LinkCheck check = check_of(way, "loss");
    check.requested = way.loss;
    check.expected = way.loss;
    check.delivered = 0.01 * ping(way, kPingsForLoss, "0.002", "([0-9.]+)% packet loss");
    const double error = std::sqrt(way.loss * (1.0 - way.loss) / kPingsForLoss);
    check.within = std::abs(check.delivered - check.expected) <= kStandardErrors * error;
    return check;
  }

  // By TCP; where packets are lost by UDP, because TCP slows down then.
  LinkCheck goodput(const HostPlan::Way& way) const {
    LinkCheck check = check_of(way, "goodput");
    double rate = std::numeric_limits<double>::max();
    double kept = 1.0;
    for (const std::size_t direction : way.directions) {
      const Link& link = testbed_.plan().directions[direction].link;
      rate = std::min(rate, static_cast<double>(link.rate.count));
      kept *= 1.0 - link.loss;
    }
    check.requested = rate;
    std::vector<std::string> command{"iperf3", "--client", address(way.to), "--json"};
    if (kept < 1.0) {
      const double share = static_cast<double>(kDatagram) / (kDatagram + kDatagramOverhead);
      check.expected = rate * share * kept;
      command.insert(command.end(), {"--udp", "--length", std::to_string(kDatagram), "--bandwidth",
                                     std::to_string(std::llround(rate * share)), "--time", "2"});
    } else {
      check.expected = rate * static_cast<double>(kTcpPackets.payload) /
                       static_cast<double>(kTcpPackets.full_packet());
      const bool is_short = way.latency + way.jitter <= kShortRoundTrip;
      if (!is_short) command.insert(command.end(), {"--omit", "1"});
      command.insert(command.end(), {"--time", is_short ? "1" : "2"});
    }
    check.delivered = measure(way, command);
    check.within = std::abs(check.delivered / check.expected - 1.0) <= tolerance_.rate;
    return check;
  }

  // Where packets are lost, those by which iperf3 begins are lost, too: then it begins again.
  double measure(const HostPlan::Way& way, const std::vector<std::string>& client) const {
    std::string error;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      const nlohmann::json result = measure_once(way, client);
      const nlohmann::json end = result.value("end", nlohmann::json::object());
      for (const char* sum : {"sum_received", "sum"}) {
        if (end.contains(sum)) return received(end.at(sum));
      }
      error = result.value("error", "no result");
    }
    throw TestbedError(fmt::format("iperf3 from {} to {} has measured nothing: {}", name(way.from),
                                   name(way.to), error));
  }

  // What the client says, an object.
  nlohmann::json measure_once(const HostPlan::Way& way,
                              const std::vector<std::string>& client) const {
    Process server(testbed_.on_node(name(way.to), {"iperf3", "--server", "--one-off"}),
                   testbed_.state_folder() / "iperf3.log");
    nlohmann::json result;
    // The server needs a moment, in which connections are refused.
    for (int attempt = 0; attempt < kConnectAttempts; ++attempt) {
      const Finished finished = run_on(way.from, client);
      result = nlohmann::json::parse(finished.output, nullptr, false);
      if (!result.is_object()) {
        throw TestbedError(
            fmt::format("iperf3 on {}: {}{}", name(way.from), finished.output, finished.errors));
      }
      if (!result.contains("error") || server.ending()) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return result;
  }

  // Of UDP, iperf3 reports what was sent, and the share that got lost.
  static double received(const nlohmann::json& sum) {
    return sum.at("bits_per_second").get<double>() * (1.0 - 0.01 * sum.value("lost_percent", 0.0));
  }

  const Testbed& testbed_;
  const Tolerance& tolerance_;
  std::vector<LinkCheck> checks_;
};

std::string value_text(const LinkCheck& check, double value) {
  if (check.quantity == "goodput") return fmt::format("{:.4g} Mbit/s", value / 1e6);
  if (check.quantity == "round-trip") return fmt::format("{:.3f} ms", value * 1e3);
  return fmt::format("{:.2f} %", value * 100);
}

}  // namespace

std::vector<LinkCheck> verify_links(const Testbed& testbed, const Tolerance& tolerance) {
  return Verification(testbed, tolerance).run();
}

std::string verification_table(const std::vector<LinkCheck>& checks) {
  constexpr const char* kRow = "{:<20}  {:<10}  {:>14}  {:>14}  {:>14}{}\n";
  std::string text =
      fmt::format(fmt::runtime(kRow), "way", "quantity", "requested", "expected", "delivered", "");
  for (const LinkCheck& check : checks) {
    text += fmt::format(fmt::runtime(kRow), check.way, check.quantity,
                        value_text(check, check.requested), value_text(check, check.expected),
                        value_text(check, check.delivered), check.within ? "" : "  BEYOND");
  }
  return text;
}

void require_within(const std::vector<LinkCheck>& checks) {
  if (std::ranges::all_of(checks, &LinkCheck::within)) return;
  throw TestbedError("the network does not deliver what the scenario asks for:\n" +
                     verification_table(checks));
}

}  // namespace gradwire
