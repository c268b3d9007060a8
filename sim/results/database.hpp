// The SQLite file of a results folder: its schema, its version, and how it is opened.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <functional>

namespace gradwire {

/// Opens or creates the file for writing, with its tables. A commit is durable: full rollback
/// journal, synced with its folder. Throws ResultsError if it is another kind of file or a newer
/// Gradwire wrote it.
SQLite::Database open_for_writing(const std::filesystem::path& file);

/// Opens an existing file for reading. If a run was killed in the middle of a transaction, this
/// undoes that transaction, which needs permission to write. Throws ResultsError as above.
SQLite::Database open_for_reading(const std::filesystem::path& file);

/// Runs the action and turns an error of SQLite into a ResultsError that names the file.
void with_file_in_errors(const std::filesystem::path& file, const std::function<void()>& action);

}  // namespace gradwire
