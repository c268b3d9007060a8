#include "sim/runners/host_load.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "sim/calibration/machine.hpp"

namespace gradwire {
namespace {

// Limits beyond which a result is marked. A slice of the shaper takes half a millisecond: timers
// that are late by more than that on average delay every message visibly.
constexpr double kMeanLatenessSeconds = 500e-6;
constexpr double kOwnShare = 0.97;    // of all cores
constexpr double kOtherShare = 0.10;  // of all cores

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

// The lines "cpuN" of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal in clock
// ticks. Only of the cores that this process may use: what happens on others does not disturb it.
double busy_seconds_of_usable_cores() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  sched_getaffinity(0, sizeof(usable), &usable);
  std::ifstream file("/proc/stat");
  double ticks = 0;
  for (std::string line; std::getline(file, line) && line.starts_with("cpu");) {
    std::istringstream words(line.substr(3));
    if (words.peek() == ' ') continue;  // the sum over all cores
    std::size_t core = 0;
    double user = 0;
    double nice = 0;
    double system = 0;
    double idle = 0;
    double iowait = 0;
    double irq = 0;
    double softirq = 0;
    double steal = 0;
    words >> core >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
    if (core < CPU_SETSIZE && CPU_ISSET(core, &usable)) {
      ticks += user + nice + system + irq + softirq + steal;
    }
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

HostLoad::HostLoad() : start_(sample()) {}

HostLoad::Sample HostLoad::sample() {
  return {std::chrono::steady_clock::now(), own_cpu_seconds(), busy_seconds_of_usable_cores()};
}

std::string HostLoad::distortion(const Lateness& lateness, double others_cpu_seconds) const {
  const Sample end = sample();
  const double available =
      std::chrono::duration<double>(end.when - start_.when).count() * usable_cores();
  const double own =
      (end.own_cpu_seconds - start_.own_cpu_seconds + others_cpu_seconds) / available;
  const double all = (end.all_busy_seconds - start_.all_busy_seconds) / available;
  std::string why;
  const auto add = [&why](const std::string& reason) { why += (why.empty() ? "" : "; ") + reason; };
  if (lateness.events > 0) {
    const double mean = to_seconds(lateness.total) / static_cast<double>(lateness.events);
    if (mean > kMeanLatenessSeconds) {
      add(fmt::format("timers were {:.1f} ms late on average", mean * 1e3));
    }
  }
  if (own > kOwnShare) add(fmt::format("the nodes used {:.0f} % of all cores", own * 100));
  // Clock ticks are 10 ms: short measurements cannot tell.
  if (available > 1.0 && all - own > kOtherShare) {
    add(fmt::format("other programs used {:.0f} % of all cores", (all - own) * 100));
  }
  return why;
}

}  // namespace gradwire
