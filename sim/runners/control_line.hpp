// One end of the channel between the runner and a worker's process: a Unix socket, beside the
// network that is measured, on which each message is one line of JSON.
//
//   worker to runner: {"hello": rank}, {"ready": true}, {"alive": sample}, {"grant": step},
//                     {"stop": step}, {"state": ..., "steps", "cpu_seconds"}, {"final": state},
//                     {"report": ...}, {"failed": text}
//   runner to worker: {"job": ...}, {"go": true}, {"grant": step}, {"stop": step}, {"kept": steps}
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <deque>
#include <nlohmann/json.hpp>
#include <string>

#include "netmodel/task.hpp"

namespace gradwire {

class ControlLine {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  explicit ControlLine(Socket socket) : socket_(std::move(socket)) {}

  /// The next message. Throws system_error at the end of the line, nlohmann::json::exception when
  /// it is none.
  Task<nlohmann::json> read();

  /// Queues a message; write_queued() sends it.
  void send(const nlohmann::json& message);
  /// Sends what is queued, until cancelled, or until close_after_sending(). Throws system_error.
  Task<void> write_queued();
  void close_after_sending();

 private:
  Socket socket_;
  std::string received_;
  std::deque<std::string> queued_;
  bool last_ = false;
  Parking writer_;
};

}  // namespace gradwire
