// The result store: one folder a run, with everything in results.sqlite. The tables are described
// in docs/results.md.
//
// A finished repeat is one durable transaction: whatever ends the program, every repeat that was
// added is there whole, and nothing of any other. The same run opened again goes on where it
// stopped. One process at a time writes into a folder; any number may read meanwhile.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "sim/results/repeat_result.hpp"
#include "sim/results/results_error.hpp"
#include "sim/results/run_description.hpp"

namespace gradwire {

/// Every member may be called from several threads at once.
class ResultStore {
 public:
  /// Throws StorageError if open() could not create this folder or write to it; changes nothing.
  /// For asking before a calibration that takes minutes rather than after it.
  static void check_writable(const std::filesystem::path& folder);

  /// Creates folder/results.sqlite (and the folder), or reopens it to go on with the same run.
  /// Throws ResultsError if the folder holds another run (scenario, mode or calibration differ),
  /// StorageError if another process is running into it or if it cannot be written.
  static ResultStore open(const std::filesystem::path& folder, const RunDescription& description);

  /// Opens results for reading: a results folder or its results.sqlite. Throws ResultsError if
  /// there are none, if it is another kind of file, or if a newer Gradwire wrote it.
  static ResultStore open_existing(const std::filesystem::path& folder_or_file);

  ResultStore(ResultStore&&) noexcept;
  ResultStore& operator=(ResultStore&&) noexcept;
  ~ResultStore();

  /// Where these results are, with whatever else the run left there.
  std::filesystem::path folder() const;

  /// Whether this repeat is already finished.
  bool has(int point, int repeat) const;

  /// Stores a finished repeat; durable when it returns. Throws ResultsError if it cannot be written
  /// or the store was opened for reading; CheckFailure if the repeat is already there, its point is
  /// not one of the run's, or a time is not a finite number.
  void add(const RepeatResult& result);

  /// All finished repeats, ordered by point, then repeat, whatever the order they were added in.
  std::vector<RepeatResult> repeats() const;

  /// The run these results belong to; when it was resumed by another version of the program or on
  /// another machine, as it was first.
  RunDescription description() const;

  /// One description for each program version, commit and machine that added to these results, in
  /// the order of their first use. All else in them is equal.
  std::vector<RunDescription> descriptions() const;

 private:
  class Impl;
  explicit ResultStore(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace gradwire
