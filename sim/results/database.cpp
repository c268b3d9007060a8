#include "sim/results/database.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <optional>

#include "sim/results/results_error.hpp"

namespace gradwire {
namespace {

// "GRWR": tells a results file from any other SQLite file.
constexpr int kApplicationId = 0x47525752;
constexpr int kSchemaVersion = 6;

// A reader waits for a commit, the writer for readers.
constexpr int kReaderPatienceMs = 10'000;
constexpr int kWriterPatienceMs = 60'000;

constexpr const char* kSchema = R"sql(
CREATE TABLE runs (
  run INTEGER PRIMARY KEY,
  scenario TEXT NOT NULL,
  mode TEXT NOT NULL,
  resolved_scenario TEXT NOT NULL,
  calibration TEXT NOT NULL,
  program_version TEXT NOT NULL,
  source_commit TEXT NOT NULL,
  machine TEXT NOT NULL,
  repeats INTEGER NOT NULL
) STRICT;
CREATE TABLE points (
  point INTEGER PRIMARY KEY
) STRICT;
CREATE TABLE point_values (
  point INTEGER NOT NULL REFERENCES points,
  position INTEGER NOT NULL,
  key TEXT NOT NULL,
  text TEXT NOT NULL,
  number REAL,
  unit TEXT,
  PRIMARY KEY (point, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE repeats (
  point INTEGER NOT NULL REFERENCES points,
  repeat INTEGER NOT NULL,
  run INTEGER NOT NULL REFERENCES runs,
  seed TEXT NOT NULL,
  train_seconds REAL NOT NULL,
  epochs INTEGER NOT NULL,
  loss REAL,
  accuracy REAL,
  weights_sha256 TEXT,
  bytes_sent INTEGER NOT NULL,
  host_distorted INTEGER NOT NULL,
  distortion TEXT NOT NULL,
  extrapolated INTEGER NOT NULL,
  steps_total INTEGER NOT NULL,
  steps_run INTEGER NOT NULL,
  arithmetic TEXT NOT NULL,
  seconds_per_step REAL NOT NULL,
  seconds_per_step_spread REAL NOT NULL,
  PRIMARY KEY (point, repeat)
) STRICT, WITHOUT ROWID;
CREATE TABLE epochs (
  point INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  seconds REAL NOT NULL,
  end_seconds REAL NOT NULL,
  loss REAL,
  accuracy REAL,
  PRIMARY KEY (point, repeat, epoch),
  FOREIGN KEY (point, repeat) REFERENCES repeats
) STRICT, WITHOUT ROWID;
CREATE TABLE node_times (
  point INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  compute_seconds REAL NOT NULL,
  send_seconds REAL NOT NULL,
  wait_seconds REAL NOT NULL,
  reduce_seconds REAL NOT NULL,
  bytes_sent INTEGER NOT NULL,
  messages_sent INTEGER NOT NULL,
  PRIMARY KEY (point, repeat, rank),
  FOREIGN KEY (point, repeat) REFERENCES repeats
) STRICT, WITHOUT ROWID;
CREATE TABLE links (
  point INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  position INTEGER NOT NULL,
  link TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  busy_seconds REAL NOT NULL,
  requested_bits_per_second REAL,
  PRIMARY KEY (point, repeat, position),
  FOREIGN KEY (point, repeat) REFERENCES repeats
) STRICT, WITHOUT ROWID;
CREATE TABLE weight_hashes (
  point INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  step INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (point, repeat, step),
  FOREIGN KEY (point, repeat) REFERENCES repeats
) STRICT, WITHOUT ROWID;
)sql";

// Since version 2.
constexpr const char* kLinkChecks = R"sql(
CREATE TABLE IF NOT EXISTS link_checks (
  point INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  position INTEGER NOT NULL,
  way TEXT NOT NULL,
  quantity TEXT NOT NULL,
  requested REAL NOT NULL,
  expected REAL NOT NULL,
  delivered REAL NOT NULL,
  within INTEGER NOT NULL,
  PRIMARY KEY (point, repeat, position),
  FOREIGN KEY (point, repeat) REFERENCES repeats
) STRICT, WITHOUT ROWID;
)sql";

// Since version 3.
constexpr const char* kLeftOut = R"sql(
CREATE TABLE IF NOT EXISTS left_out (
  point INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  steps INTEGER NOT NULL,
  PRIMARY KEY (point, repeat),
  FOREIGN KEY (point, repeat) REFERENCES repeats
) STRICT, WITHOUT ROWID;
)sql";

// Since version 4.
constexpr const char* kNetworkSettings = R"sql(
CREATE TABLE IF NOT EXISTS network_settings (
  point INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (point, repeat, position),
  FOREIGN KEY (point, repeat) REFERENCES repeats
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kQuality = R"sql(
CREATE TABLE IF NOT EXISTS epoch_scores (
  point INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  value REAL,
  low REAL,
  high REAL,
  PRIMARY KEY (point, repeat, epoch, position),
  FOREIGN KEY (point, repeat) REFERENCES repeats
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS confusion (
  point INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  label INTEGER NOT NULL,
  taken_for INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  PRIMARY KEY (point, repeat, label, taken_for),
  FOREIGN KEY (point, repeat) REFERENCES repeats
) STRICT, WITHOUT ROWID;
)sql";

// Since version 5.
constexpr const char* kLinkQueues = R"sql(
CREATE TABLE IF NOT EXISTS link_queues (
  point INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  position INTEGER NOT NULL,
  peak_bytes INTEGER NOT NULL,
  drops INTEGER NOT NULL,
  PRIMARY KEY (point, repeat, position),
  FOREIGN KEY (point, repeat, position) REFERENCES links
) STRICT, WITHOUT ROWID;
)sql";

// Since version 6.
constexpr const char* kObserved = R"sql(
CREATE TABLE IF NOT EXISTS metrics (
  point INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  position INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  line INTEGER NOT NULL,
  seconds REAL NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (point, repeat, position),
  FOREIGN KEY (point, repeat) REFERENCES repeats
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS resource_samples (
  point INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  position INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  seconds REAL NOT NULL,
  cpu_share REAL NOT NULL,
  memory_bytes INTEGER NOT NULL,
  bytes_received INTEGER NOT NULL,
  bytes_sent INTEGER NOT NULL,
  packets_received INTEGER NOT NULL,
  packets_sent INTEGER NOT NULL,
  retransmits INTEGER NOT NULL,
  gpu_share REAL,
  gpu_memory_bytes INTEGER,
  PRIMARY KEY (point, repeat, position),
  FOREIGN KEY (point, repeat) REFERENCES repeats
) STRICT, WITHOUT ROWID;
)sql";

int pragma(SQLite::Database& database, const char* name) {
  return database.execAndGet(fmt::format("PRAGMA {}", name)).getInt();
}

void check_is_results(SQLite::Database& database, const std::filesystem::path& file) {
  if (pragma(database, "application_id") != kApplicationId) {
    throw ResultsError(fmt::format("{}: not a Gradwire results file", file.string()));
  }
  const int version = pragma(database, "user_version");
  if (version > kSchemaVersion) {
    throw ResultsError(
        fmt::format("{}: written by a newer Gradwire (schema {}; this one reads up to {})",
                    file.string(), version, kSchemaVersion));
  }
}

void create_schema(SQLite::Database& database) {
  database.exec(kSchema);
  database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
}

// Tables that an older version did not have are added to its files.
void upgrade_schema(SQLite::Database& database) {
  database.exec(kLinkChecks);
  database.exec(kLeftOut);
  database.exec(kNetworkSettings);
  database.exec(kQuality);
  database.exec(kLinkQueues);
  database.exec(kObserved);
  database.exec(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
}

}  // namespace

void with_file_in_errors(const std::filesystem::path& file, const std::function<void()>& action) {
  try {
    action();
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() == SQLITE_NOTADB) {
      throw ResultsError(fmt::format("{}: not a Gradwire results file", file.string()));
    }
    const std::string text = fmt::format("{}: {}", file.string(), error.what());
    if (error.getErrorCode() == SQLITE_CORRUPT) throw ResultsError(text);
    throw StorageError(text);
  }
}

SQLite::Database open_for_writing(const std::filesystem::path& file) {
  std::optional<SQLite::Database> database;
  with_file_in_errors(file, [&] {
    database.emplace(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kWriterPatienceMs);
    // One file at rest, which can be copied at any moment between commits; EXTRA also syncs the
    // folder after the journal is removed: only then is a commit durable.
    database->exec("PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA");
    database->exec("PRAGMA foreign_keys = ON");
    SQLite::Transaction transaction(*database, SQLite::TransactionBehavior::IMMEDIATE);
    if (database->execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0) {
      create_schema(*database);
    }
    check_is_results(*database, file);
    upgrade_schema(*database);
    transaction.commit();
  });
  return std::move(*database);
}

SQLite::Database open_for_reading(const std::filesystem::path& file) {
  std::optional<SQLite::Database> database;
  with_file_in_errors(file, [&] {
    // Not OPEN_READONLY, which refuses a file whose last transaction must first be undone.
    database.emplace(file, SQLite::OPEN_READWRITE, kReaderPatienceMs);
    database->exec("PRAGMA query_only = ON");
    check_is_results(*database, file);
  });
  return std::move(*database);
}

}  // namespace gradwire
