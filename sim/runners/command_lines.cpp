#include "sim/runners/command_lines.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>

namespace gradwire {
namespace {

constexpr std::string_view kPrefix = "gradwire: ";
constexpr std::size_t kLastWords = 200;

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

std::vector<std::pair<std::string, std::string>> metrics_of(std::string_view line) {
  std::vector<std::pair<std::string, std::string>> metrics;
  if (!line.starts_with(kPrefix)) return metrics;
  std::istringstream words(std::string(line.substr(kPrefix.size())));
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == 0 || equals == std::string::npos) continue;
    metrics.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return metrics;
}

GrowingFile::GrowingFile(std::filesystem::path file)
    : path_(std::move(file)), descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), path_.string());
}

GrowingFile::~GrowingFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

GrowingFile::GrowingFile(GrowingFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      unfinished_(std::move(other.unfinished_)),
      lines_(other.lines_),
      last_words_(std::move(other.last_words_)) {}

std::vector<GrowingFile::Line> GrowingFile::next(bool ended) {
  std::vector<Line> lines;
  std::array<char, 65'536> buffer{};
  for (;;) {
    const ssize_t size = ::read(descriptor_, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw std::system_error(errno, std::generic_category(), path_.string());
    if (size == 0) break;
    std::string_view rest(buffer.data(), static_cast<std::size_t>(size));
    for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      unfinished_.append(rest.substr(0, end));
      add(lines, std::exchange(unfinished_, {}));
      rest.remove_prefix(end + 1);
    }
    unfinished_.append(rest);
  }
  if (ended && !unfinished_.empty()) add(lines, std::exchange(unfinished_, {}));
  return lines;
}

void GrowingFile::add(std::vector<Line>& lines, std::string text) {
  if (!text.empty()) last_words_ = text.substr(0, kLastWords);
  lines.push_back({++lines_, std::move(text)});
}

}  // namespace gradwire
