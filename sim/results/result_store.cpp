#include "sim/results/result_store.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <mutex>
#include <optional>
#include <string_view>

#include "netmodel/check.hpp"
#include "sim/results/database.hpp"
#include "sim/results/folder_lock.hpp"
#include "sim/results/quantity.hpp"
#include "sim/results/rows.hpp"

namespace gradwire {
namespace {

constexpr const char* kFileName = "results.sqlite";

// "'nodes: 4' there, 'nodes: 8' here": the first line in which two texts differ.
std::string first_difference(std::string_view there, std::string_view here) {
  const auto take_line = [](std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line.substr(std::min(line.find_first_not_of(' '), line.size())).substr(0, 60);
  };
  std::string_view line_there = take_line(there);
  std::string_view line_here = take_line(here);
  while (line_there == line_here && !(there.empty() && here.empty())) {
    line_there = take_line(there);
    line_here = take_line(here);
  }
  return fmt::format("'{}' there, '{}' here", line_there, line_here);
}

// What keeps two descriptions from being the same run; empty if nothing does.
std::string difference(const RunDescription& there, const RunDescription& here) {
  if (there.mode != here.mode) {
    return fmt::format("mode {} there, {} here", there.mode, here.mode);
  }
  if (there.resolved_scenario != here.resolved_scenario) {
    return "the scenario differs: " +
           first_difference(there.resolved_scenario, here.resolved_scenario);
  }
  if (there.calibration != here.calibration) {
    return "the calibration differs: " + first_difference(there.calibration, here.calibration);
  }
  const bool same_points =
      there.axes == here.axes && there.points == here.points && there.repeats == here.repeats;
  return same_points ? "" : "the same scenario gives other points";
}

void check_times(const RepeatResult& result) {
  const auto check = [&](const char* name, double value) {
    CHECK(std::isfinite(value), "{}={} in point {} repeat {}", name, value, result.point,
          result.repeat);
  };
  check("train_seconds", result.train_seconds);
  check("seconds_per_step", result.seconds_per_step);
  check("seconds_per_step_spread", result.seconds_per_step_spread);
  for (const NodeTimes& node : result.nodes) {
    check("compute_seconds", node.compute_seconds);
    check("send_seconds", node.send_seconds);
    check("wait_seconds", node.wait_seconds);
    check("reduce_seconds", node.reduce_seconds);
  }
  for (const EpochResult& epoch : result.epoch_results) {
    check("seconds", epoch.seconds);
    check("end_seconds", epoch.end_seconds);
  }
  for (const LinkUsage& link : result.links) check("busy_seconds", link.busy_seconds);
}

StorageError cannot_create(const std::filesystem::path& folder, const std::error_code& error) {
  return StorageError(
      fmt::format("{}: cannot create this folder: {}", folder.string(), error.message()));
}

}  // namespace

class ResultStore::Impl {
 public:
  // For reading.
  explicit Impl(const std::filesystem::path& file)
      : file_(file), database_(open_for_reading(file)) {
    with_file_in_errors(file_, [&] { descriptions_ = read_descriptions(database_); });
    if (descriptions_.empty()) {
      throw ResultsError(fmt::format("{}: no run in it yet", file.string()));
    }
  }

  // For writing.
  Impl(const std::filesystem::path& folder, const RunDescription& description)
      : lock_(folder), file_(folder / kFileName), database_(open_for_writing(file_)) {
    with_file_in_errors(file_, [&] { register_run(folder, description); });
  }

  std::filesystem::path folder() const {
    return file_.has_parent_path() ? file_.parent_path() : ".";
  }

  bool has(int point, int repeat) {
    const std::scoped_lock guard(mutex_);
    bool found = false;
    with_file_in_errors(file_, [&] { found = has_repeat(database_, point, repeat); });
    return found;
  }

  void add(const RepeatResult& result) {
    check_times(result);
    const std::scoped_lock guard(mutex_);
    if (!run_) throw ResultsError(fmt::format("{}: opened for reading only", file_.string()));
    CHECK(result.point >= 0 && result.point < std::ssize(descriptions_.front().points), "point={}",
          result.point);
    with_file_in_errors(file_, [&] {
      CHECK(!has_repeat(database_, result.point, result.repeat), "point={} repeat={}", result.point,
            result.repeat);
      SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
      insert_repeat(database_, *run_, result);
      transaction.commit();
    });
  }

  std::vector<RepeatResult> repeats() {
    const std::scoped_lock guard(mutex_);
    std::vector<RepeatResult> results;
    with_file_in_errors(file_, [&] {
      // One snapshot: a run that goes on meanwhile does not show between the tables.
      SQLite::Transaction transaction(database_);
      results = read_repeats(database_);
    });
    return results;
  }

  std::vector<RunDescription> descriptions() {
    const std::scoped_lock guard(mutex_);
    return descriptions_;
  }

 private:
  // Finds this run among those in the file, or adds it.
  void register_run(const std::filesystem::path& folder, const RunDescription& description) {
    CHECK(!description.points.empty(), "a run without points");
    descriptions_ = read_descriptions(database_);
    if (!descriptions_.empty()) {
      const std::string other = difference(descriptions_.front(), description);
      if (!other.empty()) {
        throw ResultsError(
            fmt::format("{}: holds the results of another run ({}); use another --out, or remove "
                        "that folder to begin anew",
                        folder.string(), other));
      }
      for (std::size_t i = 0; i < descriptions_.size(); ++i) {
        if (descriptions_[i] == description) {
          run_ = static_cast<int>(i) + 1;
          return;
        }
      }
    }
    SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
    if (descriptions_.empty()) insert_points(database_, description);
    descriptions_.push_back(description);
    run_ = static_cast<int>(descriptions_.size());
    insert_run(database_, *run_, description);
    transaction.commit();
  }

  std::optional<FolderLock> lock_;  // held by the writer, before the file is touched
  std::filesystem::path file_;
  SQLite::Database database_;  // one connection, used by one thread at a time
  std::vector<RunDescription> descriptions_;
  std::optional<int> run_;  // the row of runs that new repeats belong to; none for a reader
  std::mutex mutex_;
};

ResultStore::ResultStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ResultStore::ResultStore(ResultStore&&) noexcept = default;
ResultStore& ResultStore::operator=(ResultStore&&) noexcept = default;
ResultStore::~ResultStore() = default;

void ResultStore::check_writable(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::path nearest = std::filesystem::absolute(folder);
  while (!std::filesystem::exists(nearest, error)) nearest = nearest.parent_path();
  if (!std::filesystem::is_directory(nearest, error))
    error.assign(ENOTDIR, std::generic_category());
  if (!error && ::access(nearest.c_str(), W_OK | X_OK) != 0) {
    error.assign(errno, std::generic_category());
  }
  if (error) throw cannot_create(folder, error);
}

ResultStore ResultStore::open(const std::filesystem::path& folder,
                              const RunDescription& description) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw cannot_create(folder, error);
  return ResultStore(std::make_unique<Impl>(folder, description));
}

ResultStore ResultStore::open_existing(const std::filesystem::path& folder_or_file) {
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(folder_or_file, error);
  const std::filesystem::path file = is_folder ? folder_or_file / kFileName : folder_or_file;
  if (!std::filesystem::exists(file, error)) {
    throw ResultsError(is_folder ? fmt::format("{}: no results in this folder ({} is missing)",
                                               folder_or_file.string(), kFileName)
                                 : fmt::format("{}: no such file or folder", file.string()));
  }
  return ResultStore(std::make_unique<Impl>(file));
}

std::filesystem::path ResultStore::folder() const { return impl_->folder(); }
bool ResultStore::has(int point, int repeat) const { return impl_->has(point, repeat); }
void ResultStore::add(const RepeatResult& result) { impl_->add(result); }
std::vector<RepeatResult> ResultStore::repeats() const { return impl_->repeats(); }
RunDescription ResultStore::description() const { return impl_->descriptions().front(); }
std::vector<RunDescription> ResultStore::descriptions() const { return impl_->descriptions(); }

}  // namespace gradwire
