#include "trainer/checkpoint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <type_traits>
#include <utility>

#include "trainer/data/data_file.hpp"

namespace gradwire {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's numbers are little-endian");

constexpr std::string_view kMagic = "gradwire checkpoint";
constexpr std::uint32_t kVersion = 3;

std::string digest_of(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

class Writer {
 public:
  template <typename T>
  void put(T value) {
    static_assert(std::is_arithmetic_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void put(std::string_view text) {
    put(static_cast<std::uint64_t>(text.size()));
    bytes_ += text;
  }
  void put(const std::optional<double>& value) {
    put(static_cast<std::uint8_t>(value ? 1 : 0));
    put(value.value_or(0.0));
  }
  void put(Duration time) { put(std::int64_t{time.count()}); }
  void put(TimePoint time) { put(time.time_since_epoch()); }
  template <typename T>
  void put(const std::vector<T>& values) {
    static_assert(std::is_arithmetic_v<T>);
    put(static_cast<std::uint64_t>(values.size()));
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }
  std::string take() { return std::exchange(bytes_, {}); }

 private:
  std::string bytes_;
};

// Takes a checkpoint apart; its checksum is right, but it may have been made by anybody.
class Reader {
 public:
  Reader(const std::filesystem::path& path, std::string_view bytes) : path_(path), bytes_(bytes) {}

  template <typename T>
  T number() {
    T value{};
    const std::string_view bytes = take(sizeof(T));
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }

  std::optional<double> optional_number() {
    const bool known = number<std::uint8_t>() != 0;
    const auto value = number<double>();
    return known ? std::optional(value) : std::nullopt;
  }

  /// How many things of at least `size` bytes each follow.
  std::size_t count(std::size_t size) {
    const auto count = number<std::uint64_t>();
    if (count > (bytes_.size() - at_) / size) fail("more is announced than there is");
    return static_cast<std::size_t>(count);
  }

  std::string text() { return std::string(take(count(1))); }

  Duration duration() { return Duration(number<std::int64_t>()); }
  TimePoint time() { return TimePoint(duration()); }

  template <typename T>
  std::vector<T> numbers() {
    std::vector<T> values(count(sizeof(T)));
    const std::string_view bytes = take(values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }

  bool at_end() const { return at_ == bytes_.size(); }

  [[noreturn]] void fail(const std::string& problem) const {
    fail_at(path_, static_cast<std::int64_t>(at_), problem);
  }

 private:
  std::string_view take(std::size_t size) {
    if (size > bytes_.size() - at_) fail("the checkpoint ends too early");
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }

  const std::filesystem::path& path_;
  std::string_view bytes_;
  std::size_t at_ = 0;
};

void put(const std::vector<Score>& scores, Writer& writer) {
  writer.put(static_cast<std::uint64_t>(scores.size()));
  for (const auto& [name, value, low, high] : scores) {
    writer.put(std::string_view(name));
    writer.put(value);
    writer.put(low);
    writer.put(high);
  }
}

std::vector<Score> read_scores(Reader& reader) {
  constexpr std::size_t kScoreBytes = 34;
  std::vector<Score> scores(reader.count(kScoreBytes));
  for (Score& score : scores) {
    score.name = reader.text();
    score.value = reader.number<double>();
    score.low = reader.optional_number();
    score.high = reader.optional_number();
  }
  return scores;
}

void put(const WorkerReport& report, Writer& writer) {
  // A member that is added to the report does not compile here: it must be kept, too.
  const auto& [epochs, step_ends, compute, exchange, sent, weights_sha256, hashes, confusion] =
      report;
  writer.put(static_cast<std::uint64_t>(epochs.size()));
  for (const auto& [start, end, loss_sum, samples, accuracy, scores] : epochs) {
    writer.put(start);
    writer.put(end);
    writer.put(loss_sum);
    writer.put(samples);
    writer.put(accuracy);
    put(scores, writer);
  }
  writer.put(static_cast<std::uint64_t>(step_ends.size()));
  for (const TimePoint end : step_ends) writer.put(end);
  for (const Duration time : {compute, exchange.send, exchange.wait, exchange.reduce}) {
    writer.put(time);
  }
  writer.put(sent.bytes.count);
  writer.put(sent.messages);
  writer.put(std::string_view(weights_sha256));
  writer.put(static_cast<std::uint64_t>(hashes.size()));
  for (const auto& [steps, hash] : hashes) {
    writer.put(steps);
    writer.put(std::string_view(hash));
  }
  writer.put(confusion);
}

WorkerReport read_report(Reader& reader) {
  WorkerReport report;
  constexpr std::size_t kEpochBytes = 49;
  report.epochs.resize(reader.count(kEpochBytes));
  for (WorkerReport::Epoch& epoch : report.epochs) {
    epoch.start = reader.time();
    epoch.end = reader.time();
    epoch.loss_sum = reader.number<double>();
    epoch.samples = reader.number<std::int64_t>();
    epoch.accuracy = reader.optional_number();
    epoch.scores = read_scores(reader);
  }
  report.step_ends.resize(reader.count(sizeof(std::int64_t)));
  for (TimePoint& end : report.step_ends) end = reader.time();
  PhaseTimes& exchange = report.exchange;
  for (Duration* time : {&report.compute, &exchange.send, &exchange.wait, &exchange.reduce}) {
    *time = reader.duration();
  }
  report.sent.bytes.count = reader.number<std::int64_t>();
  report.sent.messages = reader.number<std::int64_t>();
  report.weights_sha256 = reader.text();
  constexpr std::size_t kHashBytes = 16;
  for (std::size_t left = reader.count(kHashBytes); left > 0; --left) {
    const auto steps = reader.number<std::int64_t>();
    report.hashes[steps] = reader.text();
  }
  report.confusion = reader.numbers<std::int64_t>();
  return report;
}

void put(const NodeState& state, const NodeState* before, Writer& writer) {
  const bool same = before != nullptr && before->parameters == state.parameters;
  writer.put(static_cast<std::uint8_t>(same ? 1 : 0));
  if (!same) writer.put(state.parameters);
  const bool same_optimizer = before != nullptr && before->optimizer == state.optimizer;
  writer.put(static_cast<std::uint8_t>(same_optimizer ? 1 : 0));
  if (!same_optimizer) writer.put(state.optimizer);
  writer.put(state.loss_sum);
  put(state.report, writer);
}

NodeState read_state(const NodeState* before, Reader& reader) {
  const auto same_as_before = [&] {
    const auto flag = reader.number<std::uint8_t>();
    if (flag > 1 || (flag == 1 && before == nullptr)) reader.fail("a state without its weights");
    return flag == 1;
  };
  NodeState state;
  state.parameters = same_as_before() ? before->parameters : reader.numbers<float>();
  state.optimizer = same_as_before() ? before->optimizer : reader.numbers<float>();
  state.loss_sum = reader.number<double>();
  state.report = read_report(reader);
  return state;
}

[[noreturn]] void fail_writing(const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), "cannot write " + path.string());
}

// On the disk when it returns.
void write_durably(const std::filesystem::path& path, std::string_view bytes) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) fail_writing(path);
  bool done = true;
  while (done && !bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    done = written >= 0;
    if (done) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  done = done && fsync(file) == 0;
  const int error = errno;
  close(file);
  errno = error;
  if (!done) fail_writing(path);
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  Writer writer;
  writer.put(kMagic);
  writer.put(kVersion);
  writer.put(std::string_view(checkpoint.training));
  writer.put(checkpoint.steps);
  writer.put(std::string_view(checkpoint.observed));
  writer.put(static_cast<std::uint64_t>(checkpoint.nodes.size()));
  const NodeState* before = nullptr;
  for (const NodeState& node : checkpoint.nodes) {
    put(node, before, writer);
    before = &node;
  }
  std::string bytes = writer.take();
  bytes += digest_of(bytes);
  std::filesystem::path next = path;
  next += ".next";
  write_durably(next, bytes);
  if (rename(next.c_str(), path.c_str()) != 0) fail_writing(path);
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  const std::string bytes = DataFile(path).read_all();
  if (bytes.size() < SHA256_DIGEST_LENGTH) fail_at(path, 0, "not a checkpoint: too short");
  const std::string_view body(bytes.data(), bytes.size() - SHA256_DIGEST_LENGTH);
  Reader reader(path, body);
  if (reader.text() != kMagic) fail_at(path, 0, "not a checkpoint: it begins with another text");
  const auto version = reader.number<std::uint32_t>();
  if (version != kVersion) {
    reader.fail(fmt::format("a checkpoint of version {}; allowed: {}", version, kVersion));
  }
  if (digest_of(body) != std::string_view(bytes).substr(body.size())) {
    fail_at(path, static_cast<std::int64_t>(body.size()), "the checksum is wrong");
  }
  Checkpoint checkpoint;
  checkpoint.training = reader.text();
  checkpoint.steps = reader.number<std::int64_t>();
  if (checkpoint.steps < 1) reader.fail("no step was taken");
  checkpoint.observed = reader.text();
  constexpr std::size_t kNodeBytes = 98;
  const std::size_t nodes = reader.count(kNodeBytes);
  checkpoint.nodes.reserve(nodes);
  for (std::size_t node = 0; node < nodes; ++node) {
    const NodeState* before = node == 0 ? nullptr : &checkpoint.nodes.back();
    checkpoint.nodes.push_back(read_state(before, reader));
  }
  if (!reader.at_end()) reader.fail("more than a checkpoint");
  return checkpoint;
}

std::string to_bytes(const NodeState& state) {
  Writer writer;
  put(state, nullptr, writer);
  return writer.take();
}

NodeState state_from_bytes(std::string_view bytes) {
  const std::filesystem::path source = "a state that was sent";
  Reader reader(source, bytes);
  NodeState state = read_state(nullptr, reader);
  if (!reader.at_end()) reader.fail("more than a state");
  return state;
}

}  // namespace gradwire
