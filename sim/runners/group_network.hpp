// How the processes of a group reach each other when nobody has built a network for them: hosts by
// hand, and MPI.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "netmodel/transports/mpi_transport.hpp"
#include "netmodel/transports/tcp_transport.hpp"

namespace gradwire {

class GroupNetwork {
 public:
  struct Joining {
    std::unique_ptr<GroupTransport> transport;
    Task<void> joined;  // to be awaited before the transport is used
  };

  virtual ~GroupNetwork() = default;

  virtual Rank rank() const = 0;
  virtual int size() const = 0;

  /// Between all processes, beside the training. `clock` outlives it.
  virtual Joining control(boost::asio::any_io_executor executor, Clock& clock) = 0;
  /// Between the first `nodes` processes, for a training; called by each of them.
  virtual Joining training(boost::asio::any_io_executor executor, Clock& clock, int nodes) = 0;

  /// The leader gives up. Returns where the others learn of it from their connections; where a
  /// process cannot leave alone it says why, and ends all of them.
  virtual void give_up(const std::string& why) = 0;
};

/// By TCP: every process listens on its address, and on the port after it for the control
/// connection. Both begin with the handshake, under the same secret.
class TcpGroup final : public GroupNetwork {
 public:
  struct Options {
    Rank rank = 0;
    std::vector<TcpTransport::Endpoint> addresses;  // by rank
    RunSecret secret{};
    /// How long this process waits for the others to be started.
    Duration patience = std::chrono::minutes(10);
    /// Told once about every connection that was refused.
    std::function<void(const std::string&)> log;
  };

  explicit TcpGroup(Options options) : options_(std::move(options)) {}

  Rank rank() const override { return options_.rank; }
  int size() const override { return static_cast<int>(options_.addresses.size()); }
  Joining control(boost::asio::any_io_executor executor, Clock& clock) override;
  Joining training(boost::asio::any_io_executor executor, Clock& clock, int nodes) override;
  void give_up(const std::string& /*why*/) override {}

 private:
  Joining join(boost::asio::any_io_executor executor, Clock& clock,
               std::vector<TcpTransport::Endpoint> addresses, Duration patience) const;

  Options options_;
};

/// By MPI: rank r is process r of the job.
class MpiGroup final : public GroupNetwork {
 public:
  explicit MpiGroup(MpiSession& session) : session_(session) {}

  Rank rank() const override { return session_.rank(); }
  int size() const override { return session_.size(); }
  Joining control(boost::asio::any_io_executor executor, Clock& clock) override;
  Joining training(boost::asio::any_io_executor executor, Clock& clock, int nodes) override;
  void give_up(const std::string& why) override;

 private:
  Joining join(boost::asio::any_io_executor executor, Clock& clock, int nodes, int channel);

  MpiSession& session_;
};

}  // namespace gradwire
