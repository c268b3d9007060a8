#include "sim/cli/interruption.hpp"

#include <csignal>

namespace gradwire {
namespace {

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void die_of(int signal) {
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

Interruption::Interruption(std::function<void()> last_words) : last_words_(std::move(last_words)) {
  for (const int signal : {SIGINT, SIGTERM}) {
    if (!is_ignored(signal)) signals_.add(signal);
  }
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    last_words_();
    die_of(signal);
  });
  thread_ = std::thread([this] { context_.run(); });
}

Interruption::~Interruption() {
  context_.stop();
  thread_.join();
}

}  // namespace gradwire
