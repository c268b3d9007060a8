// Times flows over the kernel's TCP from hosts that are network namespaces to another one, for
// bench/peers/kernel.sh. One thread serves all ends: what is measured is the network, not how fast
// a machine of few processors switches between processes.
//
//   kernel_case ADDRESS RECEIVER SENDER...      the receiver's address, and names of namespaces
//
// Each line of standard input is a case, `FLOWS BYTES REPEATS BUFFER GAP`: how many of the senders
// send so many bytes each; the size of every socket's buffers as setsockopt(2) is told it, 0: as
// the kernel tunes them; with a GAP of nanoseconds the repeats follow each other on the same
// connections, otherwise each has its own. It is answered with one line: the seconds until the
// last byte had arrived, one number a repeat.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kPort = 5000;
constexpr std::size_t kPiece = 1 << 20;
// Before a transfer: buckets of shapers fill, and acknowledgements of the handshake are through.
constexpr auto kPause = std::chrono::milliseconds(50);

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

class File {
 public:
  File() = default;
  explicit File(int number) : number_(number) {}
  File(File&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_ = -1;
};

struct Case {
  std::size_t flows = 1;
  std::int64_t bytes = 0;
  int repeats = 1;
  int buffer = 0;
  std::int64_t gap = 0;
};

struct Pair {
  File sender;
  File receiver;
  std::int64_t to_send = 0;
  std::int64_t to_receive = 0;
};

class Hosts {
 public:
  Hosts(const std::string& address, const std::vector<std::string>& names) {
    address_.sin_family = AF_INET;
    address_.sin_port = htons(kPort);
    if (::inet_pton(AF_INET, address.c_str(), &address_.sin_addr) != 1) {
      throw std::invalid_argument(address + " is no address");
    }
    for (const std::string& name : names) {
      spaces_.emplace_back(
          checked(::open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC), name.c_str()));
    }
  }

  std::size_t senders() const { return spaces_.size() - 1; }

  std::vector<Pair> connect(const Case& which) const {
    const File listener = socket_in(0, which.buffer);
    const int yes = 1;
    ::setsockopt(listener.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    checked(::bind(listener.number(), generic(), sizeof address_), "bind");
    checked(::listen(listener.number(), 64), "listen");
    std::vector<Pair> pairs(which.flows);
    for (std::size_t flow = 0; flow < which.flows; ++flow) {
      pairs[flow].sender = socket_in(flow + 1, which.buffer);
      checked(::connect(pairs[flow].sender.number(), generic(), sizeof address_), "connect");
      pairs[flow].receiver = File(checked(::accept(listener.number(), nullptr, nullptr), "accept"));
      for (const File* end : {&pairs[flow].sender, &pairs[flow].receiver}) {
        checked(::fcntl(end->number(), F_SETFL, O_NONBLOCK), "fcntl");
      }
    }
    return pairs;
  }

 private:
  // Lives in that host.
  File socket_in(std::size_t host, int buffer) const {
    checked(::setns(spaces_[host].number(), CLONE_NEWNET), "setns");
    File made(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    const int yes = 1;
    ::setsockopt(made.number(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    // As the model has it, whatever the machine's default is.
    checked(::setsockopt(made.number(), IPPROTO_TCP, TCP_CONGESTION, "cubic", 5), "cubic");
    if (buffer > 0) {
      for (const int which : {SO_SNDBUF, SO_RCVBUF}) {
        checked(::setsockopt(made.number(), SOL_SOCKET, which, &buffer, sizeof buffer), "buffer");
      }
    }
    return made;
  }
  const sockaddr* generic() const { return reinterpret_cast<const sockaddr*>(&address_); }

  sockaddr_in address_{};
  std::vector<File> spaces_;
};

class Transfer {
 public:
  explicit Transfer(std::vector<Pair>& pairs)
      : pairs_(pairs), epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll")), room_(kPiece) {
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      watch(pairs_[i].sender, EPOLLOUT, 2 * i);
      watch(pairs_[i].receiver, EPOLLIN, 2 * i + 1);
    }
  }

  // Seconds until every receiver has all of it.
  double run(std::int64_t bytes) {
    for (Pair& pair : pairs_) pair.to_send = pair.to_receive = bytes;
    std::size_t open = pairs_.size();
    const auto start = Clock::now();
    for (Pair& pair : pairs_) send(pair);
    while (open > 0) {
      epoll_event events[16];
      const int count = ::epoll_wait(epoll_.number(), events, 16, -1);
      for (int i = 0; i < count; ++i) {
        Pair& pair = pairs_[events[i].data.u64 / 2];
        if (events[i].data.u64 % 2 == 0) {
          send(pair);
        } else if (receive(pair)) {
          --open;
        }
      }
    }
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

 private:
  void watch(const File& file, std::uint32_t what, std::uint64_t name) {
    epoll_event event{};
    event.events = what | EPOLLET;
    event.data.u64 = name;
    checked(::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, file.number(), &event), "epoll_ctl");
  }

  void send(Pair& pair) {
    while (pair.to_send > 0) {
      const auto piece = std::min<std::int64_t>(pair.to_send, kPiece);
      const auto sent =
          ::send(pair.sender.number(), room_.data(), static_cast<std::size_t>(piece), MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) return;
      pair.to_send -= checked(static_cast<int>(sent), "send");
    }
  }

  // True when it has the last byte.
  bool receive(Pair& pair) {
    while (pair.to_receive > 0) {
      const auto got = ::recv(pair.receiver.number(), room_.data(), kPiece, MSG_TRUNC);
      if (got < 0 && errno == EAGAIN) return false;
      if (got == 0) throw std::runtime_error("a sender has gone");
      pair.to_receive -= checked(static_cast<int>(got), "recv");
      if (pair.to_receive == 0) return true;
    }
    return false;
  }

  std::vector<Pair>& pairs_;
  File epoll_;
  std::vector<char> room_;
};

std::vector<double> measure(const Hosts& hosts, const Case& which) {
  std::vector<double> seconds;
  std::vector<Pair> pairs;
  for (int repeat = 0; repeat < which.repeats; ++repeat) {
    if (repeat == 0 || which.gap == 0) {
      pairs.clear();
      pairs = hosts.connect(which);
      std::this_thread::sleep_for(kPause);
    } else {
      std::this_thread::sleep_for(std::chrono::nanoseconds(which.gap));
    }
    seconds.push_back(Transfer(pairs).run(which.bytes));
  }
  return seconds;
}

int run(int argc, char** argv) {
  if (argc < 4) throw std::invalid_argument("usage: kernel_case ADDRESS RECEIVER SENDER...");
  const Hosts hosts(argv[1], {argv + 2, argv + argc});
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    Case which;
    words >> which.flows >> which.bytes >> which.repeats >> which.buffer >> which.gap;
    if (words.fail() || which.flows > hosts.senders()) {
      throw std::invalid_argument("cannot run: " + line);
    }
    std::string answer;
    for (const double value : measure(hosts, which)) answer += fmt::format("{:.9f} ", value);
    fmt::print("{}\n", answer);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "kernel_case: {}\n", error.what());
    return 3;
  }
}
