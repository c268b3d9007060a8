#include "sim/runners/process_run.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/hex.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <iterator>
#include <memory>
#include <optional>

#include "netmodel/check.hpp"
#include "netmodel/steady_clock.hpp"
#include "netmodel/task_group.hpp"
#include "netmodel/transports/handshake.hpp"
#include "sim/hosts/resource_sampler.hpp"
#include "sim/runners/control_line.hpp"
#include "sim/runners/host_load.hpp"
#include "sim/runners/observations.hpp"
#include "sim/runners/remote_checkpoints.hpp"
#include "sim/runners/report_json.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;
using nlohmann::json;

constexpr Duration kWatchInterval = std::chrono::milliseconds(20);
// One failure makes others fail: so long it is waited for the one that explains them.
constexpr Duration kForBetterReason = std::chrono::milliseconds(500);
// A worker that has reported has little left to do.
constexpr Duration kForTheEnd = std::chrono::seconds(5);

// Why a node failed; the smallest kind explains the others.
struct Reason {
  enum Kind { killed, silent, failed, ended, lost_a_peer };
  Kind kind = killed;
  std::size_t node = 0;
  std::string text;
};

struct Node {
  std::string name;
  std::filesystem::path log;
  std::unique_ptr<Process> process;
  std::unique_ptr<ControlLine> line;  // once it has said hello
  bool ready = false;
  TimePoint heard{};
  std::optional<json> failure;
  std::optional<WorkerReport> report;
  double cpu_seconds = 0.0;
};

// Whether the other end belongs to our own user: nobody else may tell workers what to do, or
// pretend to be one.
bool is_ours(ControlLine::Socket& socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

class ProcessRun {
 public:
  ProcessRun(const PointRun& run, Testbed& testbed, const ProcessOptions& options)
      : run_(run),
        testbed_(testbed),
        options_(options),
        secret_(make_run_secret()),
        socket_(testbed.state_folder() / "control"),
        acceptor_(context_, asio::local::stream_protocol::endpoint(socket_.string())) {}

  RunOutcome run() {
    start_workers();
    tasks_.spawn(accept());
    tasks_.spawn(watch());
    while (!done_) context_.run_one();
    tasks_.cancel();
    while (!tasks_.done()) context_.run_one();
    if (not_kept_) std::rethrow_exception(not_kept_);
    if (reason_) {
      testbed_.stop_if_abandoned();
      throw NodeFailure(fmt::format("{} (rank {}): {}; its log: {}", nodes_[reason_->node].name,
                                    reason_->node, reason_->text,
                                    nodes_[reason_->node].log.string()));
    }
    return outcome();
  }

 private:
  void start_workers() {
    const std::string program = own_program().string();
    std::filesystem::create_directories(options_.logs);
    const auto& hosts = testbed_.plan().hosts;
    nodes_.resize(hosts.size());
    for (std::size_t rank = 0; rank < hosts.size(); ++rank) {
      Node& node = nodes_[rank];
      node.name = hosts[rank].name;
      node.log = options_.logs /
                 fmt::format("point{}-repeat{}-{}.log", run_.point, run_.repeat, node.name);
      const std::vector<std::string> command{program,          "worker", "--control",
                                             socket_.string(), "--rank", std::to_string(rank)};
      node.process = std::make_unique<Process>(testbed_.on_node(node.name, command), node.log);
    }
  }

  Task<void> accept() {
    for (;;) {
      ControlLine::Socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      if (is_ours(socket)) tasks_.spawn(serve(std::move(socket)));
    }
  }

  // One worker. What ends the line early shows in the end of its process.
  Task<void> serve(ControlLine::Socket socket) {
    auto line = std::make_unique<ControlLine>(std::move(socket));
    const json hello = co_await line->read();
    const auto rank = hello.at("hello").get<std::size_t>();
    if (rank >= nodes_.size() || nodes_[rank].line) co_return;
    Node& node = nodes_[rank];
    node.line = std::move(line);
    tasks_.spawn(node.line->write_queued());
    node.line->send({{"job", job(static_cast<Rank>(rank))}});
    for (;;) {
      const json message = co_await node.line->read();
      node.heard = clock_.now();
      handle(rank, message);
    }
  }

  json job(Rank rank) const {
    std::string secret;
    boost::algorithm::hex_lower(secret_.begin(), secret_.end(), std::back_inserter(secret));
    json addresses = json::array();
    for (const HostPlan::Host& host : testbed_.plan().hosts) {
      addresses.push_back({host.address, testbed_.plan().port});
    }
    json job{{"scenario", options_.scenario.string()},
             {"point", run_.point},
             {"repeat", run_.repeat},
             {"secret", secret},
             {"addresses", addresses},
             {"origin", clock_.on_machine(TimePoint{}).time_since_epoch().count()}};
    if (run_.checkpoint_file) {
      job["checkpoints"] = RemoteCheckpoints::job(*run_.checkpoint_file, rank);
    }
    return job;
  }

  void handle(std::size_t rank, const json& message) {
    Node& node = nodes_[rank];
    if (message.contains("ready")) {
      node.ready = true;
      if (std::ranges::all_of(nodes_, &Node::ready)) let_go();
    } else if (message.contains("grant") || message.contains("stop")) {
      for (std::size_t other = 1; other < nodes_.size(); ++other) nodes_[other].line->send(message);
    } else if (message.contains("failed")) {
      node.failure = message;
    } else if (message.contains("state") || message.contains("final")) {
      keep(rank, message);
    } else if (message.contains("report")) {
      node.report = report_from(message.at("report"));
      node.cpu_seconds = message.at("cpu_seconds").get<double>();
      done_ = std::ranges::all_of(nodes_, [](const Node& n) { return n.report.has_value(); });
    }
  }

  // A disk that is full, for one, ends the run.
  void keep(std::size_t rank, const json& message) {
    try {
      if (message.contains("final")) {
        run_.training.keep_final(state_from(message.at("final")));
        return;
      }
      nodes_[rank].cpu_seconds = message.at("cpu_seconds").get<double>();
      const auto steps = message.at("steps").get<std::int64_t>();
      if (!run_.checkpoint_file->keep(steps, static_cast<Rank>(rank),
                                      state_from(message.at("state")))) {
        return;
      }
      for (Node& node : nodes_) node.line->send({{"kept", steps}});
    } catch (const std::exception&) {
      not_kept_ = std::current_exception();
      done_ = true;
    }
  }

  void let_go() {
    went_ = true;
    bytes_before_ = testbed_.bytes_sent();
    load_.emplace();
    sampler_.emplace(testbed_);
    switch_cpu_before_ = testbed_.switch_cpu_seconds();
    keep_observations(run_, [this] {
      RunOutcome outcome = observed();
      outcome.samples = sampler_->so_far();
      return outcome;
    });
    for (Node& node : nodes_) {
      node.heard = clock_.now();
      node.line->send({{"go", true}});
    }
  }

  Task<void> watch() {
    std::optional<TimePoint> first_seen;
    for (;;) {
      const std::optional<Reason> reason = reason_to_stop();
      if (reason && !first_seen) first_seen = clock_.now();
      if (reason &&
          (reason->kind <= Reason::silent || clock_.now() - *first_seen >= kForBetterReason)) {
        reason_ = reason;
        done_ = true;
        co_return;
      }
      co_await clock_.sleep_for(kWatchInterval);
    }
  }

  std::optional<Reason> reason_to_stop() {
    std::optional<Reason> best;
    for (std::size_t rank = 0; rank < nodes_.size(); ++rank) {
      const std::optional<Reason> reason = reason_of(rank);
      if (reason && (!best || reason->kind < best->kind)) best = reason;
    }
    return best;
  }

  std::optional<Reason> reason_of(std::size_t rank) {
    Node& node = nodes_[rank];
    if (node.report) return std::nullopt;
    const auto because = [rank](Reason::Kind kind, std::string text) {
      return Reason{kind, rank, std::move(text)};
    };
    const std::optional<Ending>& ending = node.process->ending();
    if (ending && ending->signal != 0)
      return because(Reason::killed, "ended by " + to_string(*ending));
    if (node.failure) {
      const bool lost = node.failure->value("peer_lost", false);
      return because(lost ? Reason::lost_a_peer : Reason::failed, node.failure->at("failed"));
    }
    if (ending) return because(Reason::ended, "ended with " + to_string(*ending));
    const Duration silence = clock_.now() - node.heard;
    if (went_ && silence > options_.silence_limit) {
      return because(Reason::silent,
                     fmt::format("silent for {}; it hangs", to_string(options_.silence_limit)));
    }
    if (!node.ready && clock_.now() > TimePoint{} + options_.start_limit) {
      return because(Reason::silent,
                     fmt::format("not ready within {}", to_string(options_.start_limit)));
    }
    return std::nullopt;
  }

  // Without the samples.
  RunOutcome observed() const {
    RunOutcome outcome;
    double cpu_seconds = testbed_.switch_cpu_seconds() - switch_cpu_before_;
    for (const Node& node : nodes_) cpu_seconds += node.cpu_seconds;
    outcome.distortion = load_->distortion({}, cpu_seconds);
    outcome.links = links_used(testbed_, bytes_before_);
    return outcome;
  }

  RunOutcome outcome() {
    std::vector<ResourceSample> samples = sampler_->stop();
    RunOutcome outcome = observed();
    outcome.samples = std::move(samples);
    for (Node& node : nodes_) outcome.workers.push_back(std::move(*node.report));
    end_workers();
    return outcome;
  }

  void end_workers() {
    const TimePoint deadline = clock_.now() + kForTheEnd;
    for (Node& node : nodes_) {
      while (!node.process->ending() && clock_.now() < deadline) ::usleep(1'000);
      node.process.reset();
      std::error_code ignored;
      if (std::filesystem::is_empty(node.log, ignored)) std::filesystem::remove(node.log, ignored);
    }
  }

  const PointRun& run_;
  Testbed& testbed_;
  const ProcessOptions& options_;
  RunSecret secret_;
  std::filesystem::path socket_;
  SteadyClock clock_;
  asio::io_context context_{1};
  asio::local::stream_protocol::acceptor acceptor_;
  std::vector<Node> nodes_;
  TaskGroup tasks_{context_.get_executor()};
  bool went_ = false;
  bool done_ = false;
  std::optional<Reason> reason_;
  std::exception_ptr not_kept_;  // a state, and why
  std::optional<HostLoad> load_;
  std::optional<ResourceSampler> sampler_;
  double switch_cpu_before_ = 0.0;
  std::vector<std::int64_t> bytes_before_;
};

}  // namespace

std::vector<LinkTraffic> links_used(const Testbed& testbed,
                                    const std::vector<std::int64_t>& before) {
  std::vector<LinkTraffic> links;
  const std::vector<std::int64_t> bytes = testbed.bytes_sent();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const HostPlan::Direction& direction = testbed.plan().directions[i];
    const BitsPerSecond rate = direction.link.rate;
    const std::int64_t carried = bytes[i] - before[i];
    // How long the link needed for them; when exactly it was busy is not observed.
    const double seconds = static_cast<double>(carried) * 8.0 / static_cast<double>(rate.count);
    links.push_back({direction.name, rate, {carried}, from_seconds(seconds)});
  }
  return links;
}

RunOutcome run_in_processes(const PointRun& run, Testbed& testbed, const ProcessOptions& options) {
  return ProcessRun(run, testbed, options).run();
}

}  // namespace gradwire
