#include "netmodel/switching/switch_loop.hpp"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "netmodel/check.hpp"
#include "netmodel/steady_clock.hpp"

namespace gradwire {

namespace {

// Frames that one host may send before it is the turn of the next.
constexpr int kFramesATurn = 16;

// The wire must not wait for a busy worker. Where real-time scheduling is not permitted, the
// lateness tells what that costs.
void ask_for_real_time() {
  sched_param priority{};
  priority.sched_priority = 1;
  ::sched_setscheduler(0, SCHED_FIFO, &priority);
  // The kernel may else be 50 us late to save wake-ups.
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

class SwitchLoop {
 public:
  SwitchLoop(PacketNetwork& network, const std::vector<Tap>& taps, int stop)
      : network_(network), taps_(taps), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    CHECK(std::ssize(taps) == network.hosts(), "{} taps for {} hosts", taps.size(),
          network.hosts());
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll");
    readable_.resize(taps.size(), true);
    for (std::size_t i = 0; i < taps.size(); ++i) watch(taps[i].descriptor(), EPOLLIN | EPOLLET, i);
    watch(stop, EPOLLIN, taps.size());
    ask_for_real_time();
  }
  ~SwitchLoop() { ::close(epoll_); }
  SwitchLoop(const SwitchLoop&) = delete;
  SwitchLoop& operator=(const SwitchLoop&) = delete;

  SwitchLateness run() {
    const PacketNetwork::Deliver deliver = [this](Rank to, std::span<const std::byte> frame) {
      taps_[static_cast<std::size_t>(to)].write(frame);
    };
    while (!stopped_) {
      const TimePoint now = clock_.now();
      note_lateness(now);
      network_.run(now, deliver);
      for (std::size_t host = 0; host < taps_.size(); ++host) take_frames(host);
      sleep();
    }
    return lateness_;
  }

 private:
  void watch(int descriptor, std::uint32_t events, std::uint64_t number) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = number;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
      throw std::system_error(errno, std::generic_category(), "epoll");
    }
  }

  void note_lateness(TimePoint now) {
    const auto due = network_.next_event();
    if (!due || *due > now) return;
    ++lateness_.frames;
    lateness_.total += now - *due;
    lateness_.worst = std::max(lateness_.worst, now - *due);
  }

  void take_frames(std::size_t host) {
    for (int i = 0; i < kFramesATurn && readable_[host]; ++i) {
      const std::size_t size = taps_[host].read(buffer_);
      readable_[host] = size > 0;
      if (size == 0) return;
      network_.send(clock_.now(), static_cast<Rank>(host), std::span(buffer_).first(size));
    }
  }

  // Until a frame is due, or one comes.
  void sleep() {
    const bool more = std::ranges::find(readable_, true) != readable_.end();
    const auto wake = more ? std::optional(clock_.now()) : network_.next_event();
    timespec timeout{};
    if (wake) {
      const Duration left = std::max(*wake - clock_.now(), Duration{});
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
      timeout = {.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
    }
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()),
                                     wake ? &timeout : nullptr, nullptr);
    for (int i = 0; i < count; ++i) {
      const std::uint64_t number = events[static_cast<std::size_t>(i)].data.u64;
      if (number == taps_.size()) {
        stopped_ = true;
      } else {
        readable_[number] = true;
      }
    }
  }

  PacketNetwork& network_;
  const std::vector<Tap>& taps_;
  SteadyClock clock_;
  int epoll_;
  std::vector<bool> readable_;  // by rank: a read may find a frame
  std::array<std::byte, PacketNetwork::kLargestFrame> buffer_{};
  bool stopped_ = false;
  SwitchLateness lateness_;
};

}  // namespace

SwitchLateness run_switch(PacketNetwork& network, const std::vector<Tap>& taps, int stop) {
  return SwitchLoop(network, taps, stop).run();
}

}  // namespace gradwire
