#include "sim/runners/control_line.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace gradwire {
namespace {

namespace asio = boost::asio;

// The report of a training of ten million steps fits, and the largest state that can be sent.
constexpr std::size_t kLongestLine = std::size_t{3} << 30;

}  // namespace

Task<nlohmann::json> ControlLine::read() {
  const std::size_t size = co_await asio::async_read_until(
      socket_, asio::dynamic_buffer(received_, kLongestLine), '\n', asio::use_awaitable);
  const std::string line = received_.substr(0, size);
  received_.erase(0, size);
  co_return nlohmann::json::parse(line);
}

void ControlLine::send(const nlohmann::json& message) {
  queued_.push_back(message.dump() + "\n");
  writer_.wake();
}

Task<void> ControlLine::write_queued() {
  for (;;) {
    while (queued_.empty()) {
      if (last_) co_return;
      co_await writer_.wait();
    }
    const std::string line = std::move(queued_.front());
    queued_.pop_front();
    co_await asio::async_write(socket_, asio::buffer(line), asio::use_awaitable);
  }
}

void ControlLine::close_after_sending() {
  last_ = true;
  writer_.wake();
}

}  // namespace gradwire
