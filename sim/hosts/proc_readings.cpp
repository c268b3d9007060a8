#include "sim/hosts/proc_readings.hpp"

#include <sstream>
#include <vector>

namespace gradwire {
namespace {

constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace

InterfaceCounters read_interfaces(const std::string& text) {
  InterfaceCounters sum;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    // "  eth0: bytes packets errs drop fifo frame compressed multicast bytes packets ..."
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t begin = line.find_first_not_of(' ');
    if (line.substr(begin, colon - begin) == "lo") continue;
    std::istringstream numbers(line.substr(colon + 1));
    InterfaceCounters one;
    std::int64_t skipped = 0;
    numbers >> one.bytes_received >> one.packets_received;
    for (int column = 2; column < 8; ++column) numbers >> skipped;
    numbers >> one.bytes_sent >> one.packets_sent;
    if (!numbers) continue;
    sum.bytes_received += one.bytes_received;
    sum.packets_received += one.packets_received;
    sum.bytes_sent += one.bytes_sent;
    sum.packets_sent += one.packets_sent;
  }
  return sum;
}

std::int64_t read_retransmits(const std::string& text) {
  // Two lines that begin with "Tcp:": the names, then the values.
  std::vector<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("Tcp:")) continue;
    const std::vector<std::string> words = words_of(line);
    if (names.empty()) {
      names = words;
      continue;
    }
    for (std::size_t i = 1; i < std::min(names.size(), words.size()); ++i) {
      if (names[i] == "RetransSegs") return std::stoll(words[i]);
    }
  }
  return 0;
}

std::optional<ProcessUse> read_process(const std::string& text) {
  // The second word, in brackets, may hold spaces and brackets; the third follows it.
  const std::size_t bracket = text.rfind(')');
  if (bracket == std::string::npos) return std::nullopt;
  const std::vector<std::string> words = words_of(text.substr(bracket + 1));
  const auto number = [&words](std::size_t word) { return std::stoll(words[word - 3]); };
  if (words.size() < 22) return std::nullopt;
  return ProcessUse{
      .cpu_ticks = number(14) + number(15), .memory_pages = number(24), .start_ticks = number(22)};
}

std::optional<GpuUse> read_gpus(const std::string& text) {
  GpuUse use;
  int count = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    double percent = 0.0;
    char comma = '\0';
    std::int64_t mebibytes = 0;
    if (!(words >> percent >> comma >> mebibytes) || comma != ',') continue;
    use.share += percent / 100.0;
    use.memory_bytes += mebibytes * kMebibyte;
    ++count;
  }
  if (count == 0) return std::nullopt;
  use.share /= count;
  return use;
}

}  // namespace gradwire
