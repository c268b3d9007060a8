#include "tests/netmodel/transport_worlds.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <stdexcept>

#include "netmodel/transports/link_shaper.hpp"
#include "netmodel/transports/modelled_network.hpp"
#include "netmodel/transports/tcp_transport.hpp"
#include "netmodel/virtual_clock.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;

Task<void> note_error(Task<void> task, std::exception_ptr& error) {
  try {
    co_await std::move(task);
  } catch (const boost::system::system_error&) {
    throw;  // a cancellation is no outcome of the task
  } catch (...) {
    error = std::current_exception();
  }
}

class ModelledWorld final : public TransportWorld {
 public:
  explicit ModelledWorld(std::shared_ptr<const Topology> topology)
      : network_(clock_, std::move(topology), RandomStreams(1)) {}

  Transport& at(Rank rank) override { return network_.endpoint(rank); }
  Clock& clock() override { return clock_; }
  void crash(Rank rank) override { network_.disconnect(rank); }

  std::vector<std::exception_ptr> run(std::vector<Task<void>> tasks) override {
    std::vector<std::exception_ptr> errors(tasks.size());
    TaskGroup group(context_.get_executor());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      group.spawn(note_error(std::move(tasks[i]), errors[i]));
    }
    clock_.run(context_);
    if (!group.done()) {
      const std::string waiting = network_.waiting();
      group.cancel();
      clock_.run(context_);
      throw std::runtime_error("deadlock:\n" + waiting);
    }
    return errors;
  }

 private:
  VirtualClock clock_;
  asio::io_context context_{1};
  ModelledNetwork network_;
};

class TcpWorld final : public RealTimeWorld {
 public:
  TcpWorld(int size, std::shared_ptr<const Topology> shaped_by) {
    if (shaped_by) {
      shaper_ = std::make_unique<LinkShaper>(context_.get_executor(), clock_, shaped_by);
    }
    const auto loopback = asio::ip::make_address("127.0.0.1");
    const RunSecret secret = make_run_secret();
    std::vector<TcpTransport::Endpoint> addresses;
    for (Rank rank = 0; rank < size; ++rank) {
      TcpOptions options;
      options.rank = rank;
      options.size = size;
      options.secret = secret;
      transports_.push_back(std::make_unique<TcpTransport>(context_.get_executor(), clock_, options,
                                                           TcpTransport::Endpoint(loopback, 0),
                                                           shaper_.get()));
      addresses.push_back(transports_.back()->address());
    }
    TaskGroup joining(context_.get_executor());
    for (auto& transport : transports_) joining.spawn(transport->join(addresses));
    drive(joining);
    if (joining.first_error()) std::rethrow_exception(joining.first_error());
  }

  ~TcpWorld() override { abandon(transports_); }

  Transport& at(Rank rank) override { return *transports_[static_cast<std::size_t>(rank)]; }
  void crash(Rank rank) override { transports_[static_cast<std::size_t>(rank)]->abort(); }

 private:
  std::unique_ptr<LinkShaper> shaper_;
  std::vector<std::unique_ptr<TcpTransport>> transports_;
};

}  // namespace

std::vector<std::exception_ptr> RealTimeWorld::run(std::vector<Task<void>> tasks) {
  std::vector<std::exception_ptr> errors(tasks.size());
  TaskGroup group(context_.get_executor());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    group.spawn(note_error(std::move(tasks[i]), errors[i]));
  }
  if (!drive(group)) throw std::runtime_error("a task did not end");
  return errors;
}

bool RealTimeWorld::drive(TaskGroup& group) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  context_.restart();
  while (!group.done() && std::chrono::steady_clock::now() < deadline) {
    context_.run_one_for(std::chrono::milliseconds(100));
  }
  if (group.done()) return true;
  group.cancel();
  while (!group.done()) context_.run_one();
  return false;
}

std::unique_ptr<TransportWorld> make_world(const std::string& kind,
                                           std::shared_ptr<const Topology> topology) {
  if (kind == "modelled") return std::make_unique<ModelledWorld>(topology);
  const int size = topology->hosts();
  return std::make_unique<TcpWorld>(size, kind == "shaped" ? topology : nullptr);
}

std::shared_ptr<const Topology> star_of(int hosts, BitsPerSecond rate, Duration latency) {
  return make_star(std::vector<StarCable>(static_cast<std::size_t>(hosts),
                                          StarCable{rate, latency / 2, {}, 0.0}));
}

void FreeReducer::start(Bytes /*amount*/, std::function<void()> work, std::function<void()> done) {
  if (work) work();
  asio::post(executor_, std::move(done));
}

}  // namespace gradwire
