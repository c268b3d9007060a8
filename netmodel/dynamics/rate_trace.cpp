#include "netmodel/dynamics/rate_trace.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace gradwire {
namespace {

constexpr std::string_view kSeparators = ", \t\r";
constexpr double kSecondsMax = 1e9;
// What the shares of a link can be computed for, with room to spare (fair_share.hpp).
constexpr double kRateMax = 8e12;

// Takes the next field off the front of a line; empty when there is none.
std::string_view take_field(std::string_view& text) {
  const std::size_t begin = text.find_first_not_of(kSeparators);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = std::min(text.find_first_of(kSeparators, begin), text.size());
  const std::string_view field = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return field;
}

std::optional<double> number_of(std::string_view field) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

TraceReader::TraceReader(std::filesystem::path file, BitsPerSecond unit)
    : file_(std::move(file)), unit_(unit) {
  rewind();
}

void TraceReader::rewind() {
  stream_ = std::ifstream(file_);
  if (!stream_) throw TraceError(fmt::format("{}: cannot be read", file_.string()));
  line_ = 0;
  first_.reset();
  last_.reset();
  last_gap_ = {};
}

std::optional<TraceReader::Point> TraceReader::next() {
  std::string text;
  while (std::getline(stream_, text)) {
    ++line_;
    const std::size_t begin = text.find_first_not_of(kSeparators);
    if (begin == std::string::npos || text[begin] == '#') continue;
    Point point = parse(text);
    if (!first_) first_ = point.at;
    const Duration since_first = point.at - *first_;
    if (last_ && since_first <= *last_) refuse("is not later than the line before");
    if (last_) last_gap_ = since_first - *last_;
    last_ = since_first;
    point.at = since_first;
    return point;
  }
  if (stream_.bad()) throw TraceError(fmt::format("{}: cannot be read", file_.string()));
  return std::nullopt;
}

Duration TraceReader::end() const { return last_.value_or(Duration{}) + last_gap_; }

TraceReader::Point TraceReader::parse(std::string_view text) const {
  const std::string_view time = take_field(text);
  const std::string_view rate = take_field(text);
  if (rate.empty() || !take_field(text).empty()) refuse("does not have two fields");
  const auto seconds = number_of(time);
  if (!seconds || std::abs(*seconds) > kSecondsMax) {
    refuse(fmt::format("'{:.40}' is no time in seconds", time));
  }
  Point point{from_seconds(*seconds), {}};
  if (const auto number = number_of(rate)) {
    const double bits = *number * static_cast<double>(unit_.count);
    if (bits < 0 || bits > kRateMax) refuse(fmt::format("{:.40} is out of range", rate));
    point.rate = {std::llround(bits)};
    return point;
  }
  try {
    point.rate = parse_rate(rate);
  } catch (const UnitError& error) {
    refuse(error.what());
  }
  if (static_cast<double>(point.rate.count) > kRateMax) {
    refuse(fmt::format("{:.40} is out of range", rate));
  }
  return point;
}

void TraceReader::refuse(const std::string& text) const {
  std::string safe = text;  // what the file says, fit for a message of one line
  std::ranges::replace_if(
      safe, [](char c) { return c < ' ' || c > '~'; }, '?');
  throw TraceError(
      fmt::format("{}:{}: {}; allowed: a time in seconds, later than in the line before, and a "
                  "rate from 0 to 8Tbit",
                  file_.string(), line_, safe));
}

Duration check_trace(const std::filesystem::path& file, BitsPerSecond unit) {
  TraceReader reader(file, unit);
  bool carries = false;
  while (const auto point = reader.next()) carries = carries || point->rate.count > 0;
  if (!carries) {
    throw TraceError(
        fmt::format("{}: no line has a rate above 0; allowed: at least one", file.string()));
  }
  return reader.end();
}

}  // namespace gradwire
