#include "sim/runners/worker_process.hpp"

#include <fmt/format.h>

#include <boost/algorithm/hex.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "netmodel/check.hpp"
#include "netmodel/steady_clock.hpp"
#include "netmodel/task_group.hpp"
#include "netmodel/transports/tcp_transport.hpp"
#include "sim/runners/control_line.hpp"
#include "sim/runners/granted_steps.hpp"
#include "sim/runners/host_load.hpp"
#include "sim/runners/node_run.hpp"
#include "sim/runners/point_run.hpp"
#include "sim/runners/remote_checkpoints.hpp"
#include "sim/runners/report_json.hpp"
#include "sim/runners/step_controls.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;
using nlohmann::json;

constexpr Duration kHeartbeat = std::chrono::seconds(1);
constexpr int kEnvironmentExit = 3;

ControlLine::Socket connect(asio::io_context& context, const std::filesystem::path& path) {
  ControlLine::Socket socket(context);
  boost::system::error_code error;
  socket.connect(asio::local::stream_protocol::endpoint(path.string()), error);
  if (error) throw std::system_error(error, fmt::format("the runner's socket {}", path.string()));
  return socket;
}

RunSecret secret_from(const std::string& hex) {
  RunSecret secret{};
  CHECK(hex.size() == 2 * secret.size(), "a secret of {} digits", hex.size());
  boost::algorithm::unhex(hex.begin(), hex.end(), secret.begin());
  return secret;
}

SteadyClock::Instant instant_from(const json& nanoseconds) {
  return SteadyClock::Instant(Duration(nanoseconds.get<std::int64_t>()));
}

// What the job asks for, ready to run.
struct Setup {
  Setup(const json& job, asio::io_context& context, Rank rank)
      : plan(load_plan(job.at("scenario").get<std::string>())),
        run(make_point_run(plan.points.at(job.at("point").get<std::size_t>()),
                           job.at("repeat").get<int>(), data, nullptr, true)),
        clock(instant_from(job.at("origin"))) {
    for (const json& address : job.at("addresses")) {
      addresses.emplace_back(asio::ip::make_address(address.at(0).get<std::string>()),
                             address.at(1).get<std::uint16_t>());
    }
    TcpOptions options;
    options.rank = rank;
    options.size = static_cast<int>(addresses.size());
    options.secret = secret_from(job.at("secret").get<std::string>());
    options.log = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
    transport = std::make_unique<TcpTransport>(context.get_executor(), clock, options,
                                               addresses.at(static_cast<std::size_t>(rank)));
  }

  DataSource data;
  Plan plan;
  PointRun run;
  SteadyClock clock;
  std::vector<TcpTransport::Endpoint> addresses;
  std::unique_ptr<TcpTransport> transport;
};

class WorkerProcess {
 public:
  WorkerProcess(const std::filesystem::path& control_socket, Rank rank)
      : rank_(rank),
        pool_(1),
        line_(connect(context_, control_socket)),
        work_(context_.get_executor()),
        helpers_(context_.get_executor()) {}

  void run() {
    helpers_.spawn(line_.write_queued());
    work_.spawn(serve());
    context_.run();
    if (work_.first_error()) std::rethrow_exception(work_.first_error());
  }

 private:
  Task<void> serve() {
    std::exception_ptr error;
    try {
      co_await work();
    } catch (const std::exception& failure) {
      error = std::current_exception();
      const bool lost = dynamic_cast<const PeerLost*>(&failure) != nullptr;
      line_.send({{"failed", failure.what()}, {"peer_lost", lost}});
    }
    if (error && setup_ && setup_->transport) {
      setup_->transport->abort();
      co_await setup_->transport->leave();
    }
    listeners_.cancel();
    line_.close_after_sending();
    if (error) std::rethrow_exception(error);
  }

  Task<void> work() {
    line_.send({{"hello", rank_}});
    const json message = co_await line_.read();
    setup_ = std::make_unique<Setup>(message.at("job"), context_, rank_);
    send_states(message.at("job"));
    make_control();
    line_.send({{"ready", true}});
    co_await line_.read();  // go
    listeners_.spawn(listen());
    listeners_.spawn(beat());
    cpu_before_ = own_cpu_seconds();
    WorkerReport report;
    co_await run_node({setup_->clock, *setup_->transport, pool_, *control_, setup_->run.training},
                      setup_->transport->join(setup_->addresses), report);
    line_.send({{"report", to_json(report)}, {"cpu_seconds", own_cpu_seconds() - cpu_before_}});
  }

  // What is kept of the training is the runner's business: this host may have no disk of its own.
  void send_states(const json& job) {
    TrainingPlan& training = setup_->run.training;
    if (setup_->run.scenario.training.keeps_weights) {
      training.keep_final = [this](const NodeState& state) {
        line_.send({{"final", to_json(state)}});
      };
    }
    checkpoints_ = RemoteCheckpoints::of_job(job, training, [this](json message) {
      message["cpu_seconds"] = own_cpu_seconds() - cpu_before_;
      line_.send(message);
    });
  }

  void make_control() {
    const auto& measure = setup_->run.measure;
    if (!measure) {
      control_ = std::make_unique<RunEverything>();
    } else if (rank_ == 0) {
      control_ = std::make_unique<LeadingSteps>(setup_->clock, *measure,
                                                [this](std::int64_t step, bool runs) {
                                                  if (setup_->addresses.size() > 1)
                                                    line_.send({{runs ? "grant" : "stop", step}});
                                                });
    } else {
      auto following = std::make_unique<FollowingSteps>();
      following_ = following.get();
      control_ = std::move(following);
    }
  }

  // What the runner says during the training. Without it there is nobody to work for.
  Task<void> listen() {
    for (;;) {
      json message;
      bool gone = false;
      try {
        message = co_await line_.read();
      } catch (const boost::system::system_error& error) {
        if (is_cancellation(error)) throw;
        gone = true;
      }
      if (gone) {
        std::fputs("the runner has gone\n", stderr);
        std::_Exit(kEnvironmentExit);
      }
      for (const bool runs : {true, false}) {
        const auto step = message.find(runs ? "grant" : "stop");
        if (step != message.end() && following_ != nullptr) {
          following_->announced(step->get<std::int64_t>(), runs);
        }
      }
      if (checkpoints_) checkpoints_->hear(message);
    }
  }

  Task<void> beat() {
    for (;;) {
      line_.send({{"alive", true}});
      co_await setup_->clock.sleep_for(kHeartbeat);
    }
  }

  Rank rank_;
  asio::thread_pool pool_;
  asio::io_context context_{1};
  ControlLine line_;
  std::unique_ptr<Setup> setup_;
  std::unique_ptr<StepControl> control_;
  std::shared_ptr<RemoteCheckpoints> checkpoints_;
  double cpu_before_ = 0.0;
  FollowingSteps* following_ = nullptr;  // the control of a rank other than 0
  TaskGroup work_;
  TaskGroup helpers_;
  TaskGroup listeners_{context_.get_executor()};
};

}  // namespace

void run_worker_process(const std::filesystem::path& control_socket, Rank rank) {
  WorkerProcess(control_socket, rank).run();
}

}  // namespace gradwire
