// One transfer from a URL into an open file.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace gradwire {

/// True for the URLs that download() takes: http://, https:// and file://.
bool is_downloadable(const std::string& url);

/// Writes what the URL delivers to the file descriptor; redirects to http and https are followed.
/// Stops as soon as more than `bytes` come, when there is no answer, or less than 1 kB a second,
/// for `stall_timeout`, and at an HTTP status of 400 or above. Returns nothing when exactly `bytes`
/// came, otherwise what went wrong. Throws std::system_error when the file cannot be written.
std::optional<std::string> download(const std::string& url, int file, std::int64_t bytes,
                                    std::chrono::seconds stall_timeout);

}  // namespace gradwire
