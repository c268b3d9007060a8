#include "sim/hosts/resource_sampler.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "sim/hosts/command.hpp"
#include "sim/hosts/proc_readings.hpp"

namespace gradwire {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr auto kInterval = std::chrono::seconds(1);
// Until the first sample processes are looked at besides: then, and after twice the time each.
constexpr auto kFirstLook = std::chrono::milliseconds(50);
constexpr Duration kGpuPatience = std::chrono::milliseconds(800);

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

bool is_on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((std::filesystem::path(folder) / program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

// None also when the tool cannot say: the sample is then one without GPUs.
std::optional<GpuUse> gpu_use() {
  try {
    const Finished finished = run_command(
        {"nvidia-smi", "--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits"},
        kGpuPatience);
    return finished.ending.succeeded() ? read_gpus(finished.output) : std::nullopt;
  } catch (const std::system_error&) {
    return std::nullopt;
  }
}

// The processes that there are; some of them end meanwhile.
std::vector<int> process_ids() {
  std::vector<int> ids;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    int id = 0;
    const auto [rest, problem] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (problem == std::errc() && rest == name.data() + name.size()) ids.push_back(id);
  }
  return ids;
}

}  // namespace

// Reads all counters of all nodes, or of this process as the only one. One thread uses it, since it
// moves from namespace to namespace.
class ResourceSampler::Probe {
 public:
  explicit Probe(const Testbed& testbed) : has_gpu_(is_on_path("nvidia-smi")) {
    for (const HostPlan::Host& host : testbed.plan().hosts) {
      Node& node = nodes_.emplace_back();
      node.place = testbed.namespace_of(host.name);
      struct stat status {};
      if (::stat(node.place.c_str(), &status) == 0) node.number = status.st_ino;
    }
  }
  explicit Probe(Rank own) : has_gpu_(is_on_path("nvidia-smi")), own_(own), nodes_(1) {}

  /// What was used since the last call; the first one only looks. Processes that are gone are not
  /// looked at: they count as they did when they were.
  std::vector<ResourceSample> read(Processes processes) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (!begin_) begin_ = now;
    const double interval = std::chrono::duration<double>(now - last_.value_or(now)).count();
    const bool are_there = processes == Processes::there;
    if (are_there) look();
    for (Node& node : nodes_) {
      if (own_ || enter(node)) read_network(node);
    }
    const auto gpu = has_gpu_ && last_ ? gpu_use() : std::nullopt;
    std::vector<ResourceSample> samples;
    for (std::size_t rank = 0; rank < nodes_.size() && last_; ++rank) {
      samples.push_back(nodes_[rank].used);
      ResourceSample& sample = samples.back();
      sample.rank = own_ ? *own_ : static_cast<Rank>(rank);
      sample.seconds = std::chrono::duration<double>(now - *begin_).count();
      if (are_there) nodes_[rank].share = share_of(nodes_[rank].ticks, interval);
      sample.cpu_share = nodes_[rank].share;
      if (gpu) {
        sample.gpu_share = gpu->share;
        sample.gpu_memory_bytes = gpu->memory_bytes;
      }
    }
    last_ = now;
    for (Node& node : nodes_) node.ticks = 0;
    return samples;
  }

  /// At what processes use, for the sample to come.
  void look() {
    const SteadyTime now = std::chrono::steady_clock::now();
    const double interval = std::chrono::duration<double>(now - looked_.value_or(now)).count();
    for (Node& node : nodes_) node.ticks_before = node.ticks;
    read_processes();
    for (Node& node : nodes_) {
      if (interval > 0.0) node.share = share_of(node.ticks - node.ticks_before, interval);
    }
    looked_ = now;
  }

 private:
  static double share_of(std::int64_t ticks, double seconds) {
    return static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK)) / seconds;
  }

  struct Node {
    std::filesystem::path place;  // of its network namespace
    ino_t number = 0;             // likewise
    InterfaceCounters interfaces{};
    std::int64_t retransmits = 0;
    std::int64_t ticks = 0;         // since the last call
    std::int64_t ticks_before = 0;  // of them, before the last look
    double share = 0.0;             // of a core, when its processes were there last
    ResourceSample used{};          // since the last call
  };

  // A process that was not there before has used all that it has since then.
  void read_processes() {
    for (Node& node : nodes_) node.used.memory_bytes = 0;
    std::map<std::pair<int, std::int64_t>, std::int64_t> ticks;
    for (const int id : own_ ? std::vector{::getpid()} : process_ids()) {
      const std::filesystem::path folder = "/proc/" + std::to_string(id);
      const auto node = node_of(folder);
      if (node == nodes_.end()) continue;
      const std::optional<ProcessUse> use = read_process(text_of(folder / "stat"));
      if (!use) continue;
      const std::pair key(id, use->start_ticks);
      const auto before = ticks_.find(key);
      node->ticks += use->cpu_ticks - (before == ticks_.end() ? 0 : before->second);
      node->used.memory_bytes += use->memory_pages * ::sysconf(_SC_PAGESIZE);
      ticks[key] = use->cpu_ticks;
    }
    ticks_ = std::move(ticks);
  }

  std::vector<Node>::iterator node_of(const std::filesystem::path& process) {
    if (own_) return nodes_.begin();
    struct stat status {};
    if (::stat((process / "ns/net").c_str(), &status) != 0) return nodes_.end();
    return std::ranges::find(nodes_, status.st_ino, &Node::number);
  }

  static bool enter(const Node& node) {
    const int place = ::open(node.place.c_str(), O_RDONLY | O_CLOEXEC);
    if (place < 0) return false;
    const bool moved = ::setns(place, CLONE_NEWNET) == 0;
    ::close(place);
    return moved;
  }

  static void read_network(Node& node) {
    const InterfaceCounters now = read_interfaces(text_of("/proc/thread-self/net/dev"));
    const std::int64_t retransmits = read_retransmits(text_of("/proc/thread-self/net/snmp"));
    node.used.bytes_received = now.bytes_received - node.interfaces.bytes_received;
    node.used.bytes_sent = now.bytes_sent - node.interfaces.bytes_sent;
    node.used.packets_received = now.packets_received - node.interfaces.packets_received;
    node.used.packets_sent = now.packets_sent - node.interfaces.packets_sent;
    node.used.retransmits = retransmits - node.retransmits;
    node.interfaces = now;
    node.retransmits = retransmits;
  }

  bool has_gpu_;
  std::optional<Rank> own_;
  std::optional<SteadyTime> begin_;
  std::optional<SteadyTime> last_;
  std::optional<SteadyTime> looked_;
  std::vector<Node> nodes_;
  // Of every process of the nodes, by its number and its start.
  std::map<std::pair<int, std::int64_t>, std::int64_t> ticks_;
};

ResourceSampler::ResourceSampler(const Testbed& testbed)
    : ResourceSampler(std::make_unique<Probe>(testbed)) {}

ResourceSampler::ResourceSampler(Rank own) : ResourceSampler(std::make_unique<Probe>(own)) {}

ResourceSampler::ResourceSampler(std::unique_ptr<Probe> probe)
    : probe_(std::move(probe)), thread_([this] { run(); }) {
  // Nothing of what follows may be missed.
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return begun_; });
}

ResourceSampler::~ResourceSampler() { stop(); }

std::vector<ResourceSample> ResourceSampler::so_far() const {
  const std::lock_guard lock(mutex_);
  return samples_;
}

std::vector<ResourceSample> ResourceSampler::stop(Processes processes) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    processes_ = processes;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  return std::exchange(samples_, {});
}

void ResourceSampler::run() {
  const auto take = [this](Processes processes) {
    const std::vector<ResourceSample> samples = probe_->read(processes);
    const std::lock_guard lock(mutex_);
    samples_.insert(samples_.end(), samples.begin(), samples.end());
  };
  const auto stopped_before = [this](std::chrono::steady_clock::time_point when) {
    std::unique_lock lock(mutex_);
    return wake_.wait_until(lock, when, [this] { return stopping_; });
  };
  take(Processes::there);
  {
    const std::lock_guard lock(mutex_);
    begun_ = true;
  }
  wake_.notify_all();
  const auto begin = std::chrono::steady_clock::now();
  for (auto look = kFirstLook; look < kInterval && !stopped_before(begin + look); look *= 2) {
    probe_->look();
  }
  auto next = begin + kInterval;
  for (; !stopped_before(next); next += kInterval) take(Processes::there);
  take(processes_);
}

}  // namespace gradwire
