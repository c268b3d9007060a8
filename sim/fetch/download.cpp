#include "sim/fetch/download.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <system_error>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

/// Bytes a second; below that a transfer stands still.
constexpr long kSlowest = 1000;

// Where the bytes go; its methods are called from C and therefore do not throw.
struct Sink {
  int file;
  std::int64_t limit;
  std::int64_t received = 0;
  bool too_many = false;
  int write_error = 0;  // errno

  // libcurl's callback: returns how many bytes were taken; fewer than `size` end the transfer.
  static std::size_t take(const char* bytes, std::size_t /*one*/, std::size_t size, void* sink) {
    return static_cast<Sink*>(sink)->write(bytes, size) ? size : 0;
  }

  bool write(const char* bytes, std::size_t size) {
    received += static_cast<std::int64_t>(size);
    too_many = received > limit;
    if (too_many) return false;
    while (size > 0) {
      const ssize_t written = ::write(file, bytes, size);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        write_error = errno;
        return false;
      }
      bytes += written;
      size -= static_cast<std::size_t>(written);
    }
    return true;
  }
};

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(handle, option, value);
  CHECK(code == CURLE_OK, "libcurl option {}: {}", static_cast<int>(option),
        curl_easy_strerror(code));
}

// Why the transfer ended before its end.
std::string reason(CURL* handle, CURLcode code, const Sink& sink, const char* message) {
  if (sink.too_many) return fmt::format("more than the {} bytes that belong there", sink.limit);
  if (code == CURLE_HTTP_RETURNED_ERROR) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return fmt::format("HTTP status {}", status);
  }
  if (code == CURLE_PARTIAL_FILE) {
    return fmt::format("cut off after {} of {} bytes", sink.received, sink.limit);
  }
  return message[0] != '\0' ? message : curl_easy_strerror(code);
}

}  // namespace

bool is_downloadable(const std::string& url) {
  return url.starts_with("http://") || url.starts_with("https://") || url.starts_with("file://");
}

std::optional<std::string> download(const std::string& url, int file, std::int64_t bytes,
                                    std::chrono::seconds stall_timeout) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> owner(curl_easy_init(),
                                                                  curl_easy_cleanup);
  CURL* const handle = owner.get();
  CHECK(handle != nullptr);
  Sink sink{.file = file, .limit = bytes};
  std::array<char, CURL_ERROR_SIZE> message{};
  const auto timeout = static_cast<long>(stall_timeout.count());
  set(handle, CURLOPT_URL, url.c_str());
  set(handle, CURLOPT_PROTOCOLS_STR, "http,https,file");
  set(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_FOLLOWLOCATION, 1L);
  set(handle, CURLOPT_MAXREDIRS, 5L);
  set(handle, CURLOPT_FAILONERROR, 1L);
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_CONNECTTIMEOUT, timeout);
  set(handle, CURLOPT_LOW_SPEED_LIMIT, kSlowest);
  set(handle, CURLOPT_LOW_SPEED_TIME, timeout);
  set(handle, CURLOPT_ERRORBUFFER, message.data());
  set(handle, CURLOPT_WRITEFUNCTION, &Sink::take);
  set(handle, CURLOPT_WRITEDATA, &sink);
  const CURLcode code = curl_easy_perform(handle);
  if (sink.write_error != 0) {
    throw std::system_error(sink.write_error, std::generic_category());
  }
  if (code != CURLE_OK) return reason(handle, code, sink, message.data());
  if (sink.received != bytes) {
    return fmt::format("{} bytes instead of {}", sink.received, bytes);
  }
  return std::nullopt;
}

}  // namespace gradwire
