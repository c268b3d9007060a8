#include "sim/runners/local_run.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cerrno>
#include <memory>
#include <system_error>

#include "netmodel/check.hpp"
#include "netmodel/steady_clock.hpp"
#include "netmodel/task_group.hpp"
#include "netmodel/transports/link_shaper.hpp"
#include "netmodel/transports/tcp_transport.hpp"
#include "sim/runners/host_load.hpp"
#include "sim/runners/long_paths.hpp"
#include "sim/runners/node_run.hpp"
#include "sim/runners/observations.hpp"
#include "sim/runners/real_network.hpp"
#include "sim/runners/real_processors.hpp"
#include "sim/runners/step_controls.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;

// Their connections are what Linux lets one process open, unless fs.nr_open is raised (1 048 576).
constexpr int kNodesMax = 1'000;

// Allows this process as many files as the nodes need: two ends of a connection for each pair, a
// socket that listens for each node, and those that a program has anyway. Otherwise some nodes
// would wait in vain for others that cannot open their sockets.
void allow_sockets(int nodes) {
  constexpr rlim_t kOthers = 64;
  const auto count = static_cast<rlim_t>(nodes);
  const rlim_t needed = count * (count - 1) + count + kOthers;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= needed) return;
  if (limit.rlim_max < needed) {
    throw std::system_error(
        EMFILE, std::generic_category(),
        fmt::format("local mode needs {} open files for {} nodes, and {} are allowed (ulimit -n)",
                    needed, nodes, limit.rlim_max));
  }
  limit.rlim_cur = needed;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Everything that the nodes of one repeat share.
class LocalRun {
 public:
  explicit LocalRun(const PointRun& run)
      : run_(run),
        size_(run.topology->hosts()),
        pool_(static_cast<std::size_t>(size_)),
        shaper_(context_.get_executor(), clock_, run.topology,
                run.scenario.network.transport.carrier == Carrier::tcp &&
                    run.scenario.network.transport.tcp.acknowledgements),
        workers_(context_.get_executor(), TaskGroup::OnError::cancel_others) {
    const RunSecret secret = make_run_secret();
    const TcpTransport::Endpoint any_port(asio::ip::make_address("127.0.0.1"), 0);
    for (Rank rank = 0; rank < size_; ++rank) {
      TcpOptions options;
      options.rank = rank;
      options.size = size_;
      options.secret = secret;
      transports_.push_back(std::make_unique<TcpTransport>(context_.get_executor(), clock_, options,
                                                           any_port, &shaper_));
      addresses_.push_back(transports_.back()->address());
    }
    if (run.measure) {
      control_ = std::make_unique<MeasureSome>(clock_, *run.measure);
    } else {
      control_ = std::make_unique<RunEverything>();
    }
    reports_.resize(static_cast<std::size_t>(size_));
  }

  RunOutcome run() {
    keep_observations(run_, [this] { return observed(); });
    for (Rank rank = 0; rank < size_; ++rank) workers_.spawn(run_rank(rank));
    while (!workers_.done()) {
      CHECK(context_.run_one() > 0, "nobody can go on, and {} nodes wait", workers_.running());
    }
    if (workers_.first_error()) {
      abort();
      std::rethrow_exception(workers_.first_error());
    }
    RunOutcome outcome = observed();
    outcome.workers = std::move(reports_);
    return outcome;
  }

 private:
  RunOutcome observed() const {
    RunOutcome outcome;
    outcome.links = shaper_.usage();
    outcome.distortion = load_.distortion(shaper_.lateness());
    return outcome;
  }

  Task<void> run_rank(Rank rank) {
    const auto index = static_cast<std::size_t>(rank);
    return run_node({clock_, *transports_[index], pool_, *control_, run_.training},
                    transports_[index]->join(addresses_), reports_[index]);
  }

  // What a failed node leaves behind: connections whose tasks must end before they go.
  void abort() {
    TaskGroup leaving(context_.get_executor());
    for (auto& transport : transports_) {
      transport->abort();
      leaving.spawn(transport->leave());
    }
    context_.restart();
    context_.run();
  }

  const PointRun& run_;
  int size_;
  SteadyClock clock_;
  asio::io_context context_{1};
  asio::thread_pool pool_;
  LinkShaper shaper_;
  std::vector<std::unique_ptr<TcpTransport>> transports_;
  std::vector<TcpTransport::Endpoint> addresses_;
  std::unique_ptr<StepControl> control_;
  TaskGroup workers_;
  std::vector<WorkerReport> reports_;
  HostLoad load_;
};

}  // namespace

void check_local_mode(const Plan& plan) {
  check_real_network(plan, "local");
  check_processors(plan, "local");
  const auto refuse = [&plan](const char* key, const std::string& what) {
    throw plan.error(key, "local mode " + what + "; allowed: --mode virtual or netns");
  };
  for (const Point& point : plan.points) {
    const Scenario& scenario = point.scenario;
    if (scenario.network.loss > 0.0) refuse("network.loss", "cannot lose packets");
    if (scenario.network.jitter > Duration{}) refuse("network.jitter", "cannot vary the latency");
    if (scenario.network.nodes > kNodesMax) {
      refuse("network.nodes",
             fmt::format("has at most {} nodes, each connected to each", kNodesMax));
    }
    if (const auto effect = hidden_tcp_effect(scenario)) {
      refuse("network.latency", fmt::format("cannot show {} on so long a path", *effect));
    }
    if (const auto* graph = std::get_if<GraphShape>(&scenario.network.shape)) {
      for (const auto& joint : graph->joints) {
        for (const Cable& link : {joint.there, joint.back}) {
          if (link.loss > 0.0) refuse("network.graph.links", "cannot lose packets");
          if (link.jitter > Duration{}) refuse("network.graph.links", "cannot vary the latency");
        }
      }
    }
  }
}

RunOutcome run_locally(const PointRun& run) {
  allow_sockets(run.topology->hosts());
  LocalRun local(run);
  return local.run();
}

}  // namespace gradwire
