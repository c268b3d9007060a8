#include "sim/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "sim/cli/prepare.hpp"
#include "sim/cli/words.hpp"

namespace gradwire {
namespace {

constexpr int kBarWidth = 30;
constexpr const char* kClearLine = "\r\033[K";

}  // namespace

Progress::Progress(std::string title, const Plan& plan, int done, int total)
    : title_(std::move(title)),
      plan_(plan),
      done_before_(done),
      done_(done),
      total_(total),
      on_terminal_(isatty(STDERR_FILENO) == 1) {
  if (done > 0) {
    fmt::print(stderr, "{}: {} of {} repeats are finished already\n", title_, done, total);
  }
  if (on_terminal_) draw();
}

Progress::~Progress() {
  if (on_terminal_) fmt::print(stderr, "{}", kClearLine);
}

void Progress::finished(const RepeatResult& result) {
  const std::lock_guard lock(mutex_);
  if (interrupted_) return;
  ++done_;
  if (on_terminal_) {
    draw();
    return;
  }
  const Point& point = plan_.points[static_cast<std::size_t>(result.point)];
  const std::string repeat =
      plan_.repeats > 1 ? fmt::format(", repeat {}", result.repeat) : std::string();
  fmt::print(stderr, "{}: [{}/{}] {}{}: {}{}{}\n", title_, done_, total_, point_text(point.swept),
             repeat, human_time(result.train_seconds), result.extrapolated ? " (extrapolated)" : "",
             result.host_distorted ? " (host distorted: " + result.distortion + ")" : "");
}

void Progress::interrupted(const std::filesystem::path& folder) {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  fmt::print(stderr,
             "{}{}: interrupted; {} of {} finished and kept in {}: the same command goes on\n",
             on_terminal_ ? kClearLine : "", title_, done_,
             counted(static_cast<std::size_t>(total_), "repeat"), folder.string());
}

void Progress::draw() const {
  const auto filled = static_cast<int>(std::int64_t{kBarWidth} * done_ / total_);
  fmt::print(stderr, "{}{} [{:#>{}}{:.>{}}] {}/{}{}", kClearLine, title_, "", filled, "",
             kBarWidth - filled, done_, total_, time_left());
  std::fflush(stderr);
}

std::string Progress::time_left() const {
  if (done_ == done_before_ || done_ == total_) return "";
  const double elapsed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double each = elapsed / (done_ - done_before_);
  return ", about " + human_time(each * (total_ - done_)) + " left";
}

}  // namespace gradwire
