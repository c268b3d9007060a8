#include "sim/runners/command_lines.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>

#include "sim/results/quantity.hpp"
#include "trainer/data/data_file.hpp"

namespace gradwire {
namespace {

constexpr std::string_view kPrefix = "gradwire: ";
constexpr std::size_t kLastWords = 200;
constexpr std::size_t kLongestValue = 200;
constexpr std::size_t kLineMax = std::size_t{64} << 10;
constexpr std::size_t kBufferSize = std::size_t{64} << 10;
constexpr std::int64_t kReadMax = std::int64_t{1} << 20;
// A command cannot run for longer.
constexpr double kStepSecondsMax = 86'400;

}  // namespace

std::vector<std::string> rank_environment(const HostPlan& plan, std::size_t rank) {
  using nlohmann::json;
  const auto address = [&](std::size_t of) {
    return fmt::format("{}:{}", plan.hosts[of].address, plan.port);
  };
  json workers = json::array();
  for (std::size_t other = 1; other < plan.hosts.size(); ++other) workers.push_back(address(other));
  const json cluster = {{"chief", json::array({address(0)})}, {"worker", workers}};
  const json task = rank == 0 ? json{{"type", "chief"}, {"index", 0}}
                              : json{{"type", "worker"}, {"index", rank - 1}};
  const json tf_config = {{"cluster", cluster}, {"task", task}};
  const std::string& interface = plan.hosts[rank].interfaces.at(0).name;
  return {fmt::format("RANK={}", rank),
          "LOCAL_RANK=0",
          fmt::format("WORLD_SIZE={}", plan.hosts.size()),
          "MASTER_ADDR=" + plan.hosts[0].address,
          fmt::format("MASTER_PORT={}", plan.port),
          "TF_CONFIG=" + tf_config.dump(),
          "GLOO_SOCKET_IFNAME=" + interface,
          "NCCL_SOCKET_IFNAME=" + interface};
}

Metrics metrics_of(std::string_view line) {
  Metrics metrics;
  if (!line.starts_with(kPrefix)) return metrics;
  std::istringstream words(std::string(line.substr(kPrefix.size())));
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == 0 || equals == std::string::npos) continue;
    metrics.emplace_back(printable(word.substr(0, equals)),
                         printable(word.substr(equals + 1), kLongestValue));
  }
  return metrics;
}

std::optional<double> step_seconds(std::string_view value) {
  const std::optional<double> seconds = number_of(value);
  // Written so that "nan" is none.
  return seconds && *seconds >= 0.0 && *seconds <= kStepSecondsMax ? seconds : std::nullopt;
}

std::string problem_of(const Metrics& line) {
  const auto is_step = [](const auto& metric) { return metric.first == "step"; };
  if (std::ranges::none_of(line, is_step)) return "";
  for (const auto& [key, value] : line) {
    if (key != "seconds" || step_seconds(value)) continue;
    return fmt::format("seconds={}; allowed: a number from 0 to {}", value, kStepSecondsMax);
  }
  return "";
}

GrowingFile::GrowingFile(std::filesystem::path file)
    : path_(std::move(file)),
      descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)),
      buffer_(std::make_unique_for_overwrite<char[]>(kBufferSize)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), path_.string());
}

GrowingFile::~GrowingFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

GrowingFile::GrowingFile(GrowingFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      buffer_(std::move(other.buffer_)),
      offset_(other.offset_),
      end_(other.end_),
      unfinished_(std::move(other.unfinished_)),
      lines_(other.lines_),
      last_words_(std::move(other.last_words_)) {}

std::vector<GrowingFile::Line> GrowingFile::next() { return read_to(size()); }

std::vector<GrowingFile::Line> GrowingFile::rest() {
  // What the command has left behind may write for ever.
  if (!end_) end_ = size();
  std::vector<Line> lines = read_to(*end_);
  if (is_read() && !unfinished_.empty()) end_line(std::exchange(unfinished_, {}), lines);
  return lines;
}

std::string GrowingFile::last_words() const { return printable(last_words_, kLastWords); }

std::int64_t GrowingFile::size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) == 0) return status.st_size;
  throw std::system_error(errno, std::generic_category(), path_.string());
}

std::vector<GrowingFile::Line> GrowingFile::read_to(std::int64_t end) {
  std::vector<Line> lines;
  const std::int64_t stop = std::min(end, offset_ + kReadMax);
  while (offset_ < stop) {
    const auto wanted = std::min<std::int64_t>(kBufferSize, stop - offset_);
    const ssize_t size = ::read(descriptor_, buffer_.get(), static_cast<std::size_t>(wanted));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw std::system_error(errno, std::generic_category(), path_.string());
    if (size == 0) {  // somebody has cut it
      if (end_) end_ = offset_;
      break;
    }
    offset_ += size;
    read_lines({buffer_.get(), static_cast<std::size_t>(size)}, lines);
  }
  return lines;
}

void GrowingFile::read_lines(std::string_view text, std::vector<Line>& lines) {
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    if (unfinished_.empty()) {
      end_line(text.substr(0, std::min(end, kLineMax)), lines);
    } else {
      unfinished_.append(text.substr(0, std::min(end, kLineMax - unfinished_.size())));
      end_line(std::exchange(unfinished_, {}), lines);
    }
    text.remove_prefix(end + 1);
  }
  unfinished_.append(text.substr(0, std::min(text.size(), kLineMax - unfinished_.size())));
}

void GrowingFile::end_line(std::string_view text, std::vector<Line>& lines) {
  ++lines_;
  if (!text.empty()) last_words_ = text.substr(0, kLastWords);
  if (text.starts_with(kPrefix)) lines.push_back({lines_, std::string(text)});
}

}  // namespace gradwire
