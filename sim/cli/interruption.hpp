// What happens on Ctrl-C, or when the program is asked to end, while a sweep runs.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>
#include <thread>

namespace gradwire {

/// While it lives, SIGINT and SIGTERM end the program at once: in a thread of its own it calls
/// `last_words`, and then the signal does what it does by default (a shell sees exit code 130 or
/// 143). Nothing is unwound: whatever must survive is durable at any moment. A signal that is
/// ignored, as under nohup, stays so.
class Interruption {
 public:
  explicit Interruption(std::function<void()> last_words);
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

 private:
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_};
  std::function<void()> last_words_;
  std::thread thread_;
};

}  // namespace gradwire
