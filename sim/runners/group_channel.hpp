// The control transport of a group and the context that drives it, for its leader and its members.
#pragma once

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "netmodel/steady_clock.hpp"
#include "netmodel/task_group.hpp"
#include "sim/runners/group_network.hpp"

namespace gradwire {

class GroupChannel {
 public:
  /// Joins the others. Throws PeerLost.
  explicit GroupChannel(GroupNetwork& network);
  /// Aborts the transport, unless it has been left.
  ~GroupChannel();
  GroupChannel(const GroupChannel&) = delete;
  GroupChannel& operator=(const GroupChannel&) = delete;

  /// Queues a message; those to one rank travel in the order of these calls. To one that is gone it
  /// does nothing.
  void tell(Rank to, const nlohmann::json& message);
  /// The next message of a rank; throws PeerLost, and CheckFailure when it is not JSON.
  Task<nlohmann::json> hear(Rank from);
  /// Nothing when it has not come by the deadline.
  Task<std::optional<nlohmann::json>> hear_until(Rank from, TimePoint deadline);

  void abort() { transport_->abort(); }
  /// After everything that was told has gone out.
  Task<void> leave();

  /// Lets everything on the context go on until `done` says so.
  template <typename Condition>
  void drive(const Condition& done) {
    while (!done()) context_.run_one();
  }

  boost::asio::io_context& context() { return context_; }
  SteadyClock& clock() { return clock_; }

 private:
  Task<void> deliver(Rank to, Message message);

  SteadyClock clock_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> always_{
      context_.get_executor()};
  std::unique_ptr<GroupTransport> transport_;
  TaskGroup deliveries_{context_.get_executor()};
  bool left_ = false;
};

/// The same for all processes of a running machine, and for none of another.
std::string machine_identity();

}  // namespace gradwire
