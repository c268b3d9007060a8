#include "sim/runners/distributed_sweep.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/algorithm/hex.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fstream>
#include <iterator>
#include <mutex>

#include "netmodel/check.hpp"
#include "sim/runners/group_channel.hpp"
#include "trainer/pool_compute.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;
using nlohmann::json;

constexpr Rank kLeader = 0;

// A folder that goes with this.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "gradwire-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), name);
    }
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream << bytes;
  stream.close();
  if (!stream) throw StorageError(file.string() + ": cannot write");
}

constexpr const char* kResults = "results.sqlite";

// Finished repeats on their way to the leader: a results folder of their own, as it is kept.
std::string pack(const std::filesystem::path& folder) {
  return boost::algorithm::hex_lower(read(folder / kResults));
}

std::vector<RepeatResult> unpack(const std::string& digits) {
  const Scratch scratch;
  write(scratch.path() / kResults, boost::algorithm::unhex(digits));
  return ResultStore::open_existing(scratch.path()).repeats();
}

class SweepMember {
 public:
  SweepMember(GroupNetwork& network, const std::function<std::unique_ptr<GroupPlan>()>& load)
      : load_(load), channel_(network) {}

  void run() {
    TaskGroup tasks(channel_.context().get_executor());
    tasks.spawn(serve());
    channel_.drive([&] { return tasks.done(); });
    if (tasks.first_error()) std::rethrow_exception(tasks.first_error());
  }

 private:
  Task<void> serve() {
    bool ended = false;
    while (!ended) {
      const json order = co_await channel_.hear(kLeader);
      ended = order.contains("end");
      if (order.contains("calibration")) take(order.at("calibration").get<std::string>());
      if (order.contains("part")) attempt(order.at("part"));
    }
    co_await channel_.leave();
  }

  void take(const std::string& calibration) {
    const Scratch scratch;
    write(scratch.path() / "calibration.json", calibration);
    calibration_ = Calibration::load(scratch.path() / "calibration.json");
  }

  // The leader ends the job when a member fails.
  void attempt(const json& part) {
    try {
      channel_.tell(kLeader, {{"results", run_part(part)}});
    } catch (const std::exception& error) {
      channel_.tell(kLeader, {{"failed", error.what()}});
    }
  }

  std::string run_part(const json& part) {
    if (!loaded_) loaded_ = load_();
    const Plan& plan = loaded_->plan;
    const Scratch scratch;
    SweepOptions options;
    options.only.emplace();
    for (const json& job : part) options.only->insert({job.at(0), job.at(1)});
    options.checkpoints = scratch.path() / "checkpoints";
    {
      const RunDescription description =
          describe_run(plan, Mode::virtual_time, calibration_, cost_needs(plan, loaded_->data));
      ResultStore store = ResultStore::open(scratch.path(), description);
      run_sweep(plan, loaded_->data, calibration_, store, options);
    }
    return pack(scratch.path());
  }

  const std::function<std::unique_ptr<GroupPlan>()>& load_;
  std::unique_ptr<GroupPlan> loaded_;
  Calibration calibration_;
  GroupChannel channel_;
};

}  // namespace

class SweepLeader::Impl {
 public:
  explicit Impl(GroupNetwork& network) : network_(network), channel_(network) {}

  ~Impl() {
    if (failure_) return;
    for (Rank rank = 1; rank < network_.size(); ++rank) channel_.tell(rank, {{"end", true}});
    TaskGroup leaving(channel_.context().get_executor());
    leaving.spawn(channel_.leave());
    channel_.drive([&] { return leaving.done(); });
  }

  void run(const Plan& plan, DataSource& data, const Calibration& calibration, ResultStore& store,
           const SweepOptions& options) {
    store_ = &store;
    options_ = options;
    parts_ = pending_parts(plan, data, store);
    TaskGroup tasks(channel_.context().get_executor());
    for (Rank rank = 1; rank < network_.size(); ++rank) tasks.spawn(supply(rank, calibration));
    const auto run_part = [&](const SweepOptions& part) {
      run_sweep(plan, data, calibration, store, part);
    };
    tasks.spawn(compute(run_part));
    channel_.drive([&] { return tasks.done() || failure_; });
    if (failure_) {
      network_.give_up(*failure_);
      channel_.abort();
      channel_.drive([&] { return tasks.done(); });
      throw MemberFailure(*failure_);
    }
    if (tasks.first_error()) std::rethrow_exception(tasks.first_error());
  }

 private:
  using RunPart = std::function<void(const SweepOptions&)>;

  // Parts for a member until none is left.
  Task<void> supply(Rank rank, const Calibration& calibration) {
    channel_.tell(rank, {{"calibration", calibration.text()}});
    while (next_ < parts_.size() && !failure_) {
      json part = json::array();
      for (const SweepJob& job : parts_[next_++]) part.push_back({job.point, job.repeat});
      channel_.tell(rank, {{"part", part}});
      json answer;
      try {
        answer = co_await channel_.hear(rank);
      } catch (const PeerLost& lost) {
        answer = {{"failed", lost.what()}};
      }
      if (answer.contains("failed")) {
        failure_ = fmt::format("rank {}: {}", rank, answer.at("failed").get<std::string>());
        co_return;
      }
      for (const RepeatResult& result : unpack(answer.at("results").get<std::string>())) {
        store_->add(result);
        finished(result);
      }
    }
  }

  // The leader's own share.
  Task<void> compute(RunPart run_part) {
    PoolCompute compute(pool_, channel_.context().get_executor());
    while (next_ < parts_.size() && !failure_) {
      SweepOptions part = options_;
      part.only = parts_[next_++];
      part.finished = [this](const RepeatResult& result) { finished(result); };
      const auto work = [&] { run_part(part); };
      co_await compute.run({}, work);
    }
  }

  void finished(const RepeatResult& result) {
    const std::lock_guard lock(mutex_);
    if (options_.finished) options_.finished(result);
  }

  GroupNetwork& network_;
  ResultStore* store_ = nullptr;
  SweepOptions options_;
  std::vector<std::set<SweepJob>> parts_;
  std::size_t next_ = 0;
  std::optional<std::string> failure_;
  std::mutex mutex_;  // one report of a finished repeat at a time
  asio::thread_pool pool_{1};
  GroupChannel channel_;
};

SweepLeader::SweepLeader(GroupNetwork& network) : impl_(std::make_unique<Impl>(network)) {}

SweepLeader::~SweepLeader() = default;

void SweepLeader::run(const Plan& plan, DataSource& data, const Calibration& calibration,
                      ResultStore& store, const SweepOptions& options) {
  impl_->run(plan, data, calibration, store, options);
}

void serve_sweep(GroupNetwork& network, const std::function<std::unique_ptr<GroupPlan>()>& load) {
  SweepMember(network, load).run();
}

}  // namespace gradwire
