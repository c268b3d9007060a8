#include "netmodel/transports/mpi_transport.hpp"

#include <fmt/format.h>
#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <deque>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "netmodel/check.hpp"
#include "netmodel/frame.hpp"
#include "netmodel/mailbox.hpp"
#include "netmodel/task_group.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;

// So long it is polled without a pause after something has happened: a few round trips of a fast
// network.
constexpr Duration kWithoutPause = std::chrono::microseconds(100);
// Then in pauses of a 64th of the time since, so that a pause adds less than 2 % to any wait.
constexpr int kPauseShare = 64;
constexpr Duration kPauseMin = std::chrono::microseconds(10);
constexpr Duration kPauseMax = std::chrono::microseconds(200);

// The tag of the goodbye of a rank that gives up.
constexpr Tag kGivesUp{1};

void require(int code, const char* operation) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw MpiError(fmt::format("{}: {}", operation, text.data()));
}

class Endpoint final : public GroupTransport {
 public:
  Endpoint(asio::any_io_executor executor, Clock& clock, MpiOptions options)
      : GroupTransport(clock),
        executor_(executor),
        clock_(clock),
        options_(std::move(options)),
        mailbox_(options_.rank, options_.size),
        peers_(static_cast<std::size_t>(options_.size)),
        tasks_(executor) {
    for (Rank peer = 0; peer < size(); ++peer) {
      if (peer != rank()) expect_header(peer);
    }
    tasks_.spawn(progress());
  }

  Rank rank() const override { return options_.rank; }
  int size() const override { return options_.size; }
  SentCounters sent() const override { return sent_; }
  Task<Received> receive(Source from, Tag tag) override { return mailbox_.receive(from, tag); }

  Task<void> send(Rank to, Tag tag, Message message) override {
    CHECK(to != rank() && to >= 0 && to < size(), "rank {} sends to {} of {}", rank(), to, size());
    CHECK(message.size() <= options_.largest_message, "a message of {} bytes, the limit is {}",
          message.size().count, options_.largest_message.count);
    if (!peer(to).loss.empty()) throw PeerLost(rank(), to, peer(to).loss);
    if (peer(to).said_goodbye) throw PeerLost(rank(), to, "this rank has left");
    const auto kind = message.is_timing_only() ? FrameKind::timing_only : FrameKind::message;
    const Bytes size = message.size();
    Parking parking;
    Outgoing* frame = enqueue(to, encode({kind, tag, size}), std::move(message), &parking);
    try {
      co_await parking.wait();
    } catch (const boost::system::system_error&) {
      // What is under way goes on; nobody waits for it any more.
      for (Outgoing& queued : peer(to).outgoing) {
        if (&queued == frame && queued.sender == &parking) queued.sender = nullptr;
      }
      throw;
    }
    if (aborted_) throw PeerLost(rank(), to, peer(to).loss);
    sent_.bytes += size;
    ++sent_.messages;
  }

  Task<void> leave() override {
    for (Rank peer = 0; peer < size(); ++peer) say_goodbye(peer, Tag{});
    co_await tasks_.join();
  }

  // What peers still send is taken and dropped, for MPI knows no end of a connection.
  void abort() override {
    if (aborted_) return;
    aborted_ = true;
    for (Rank peer = 0; peer < size(); ++peer) {
      say_goodbye(peer, kGivesUp);
      lose(peer, "this rank has aborted");
      if (peer == rank()) continue;
      for (Outgoing& frame : this->peer(peer).outgoing) release(frame);
    }
  }

 private:
  struct Outgoing {
    FrameHeaderBytes header{};
    Message message;
    Parking* sender = nullptr;  // none when nobody waits
    int unfinished = 0;         // of its parts
    bool started = false;
  };
  struct Incoming {
    FrameHeader header;
    Message message;
    bool complete = false;
  };
  struct Peer {
    FrameHeaderBytes header{};      // of the next frame
    std::deque<Incoming> incoming;  // in the order of their headers
    std::list<Outgoing> outgoing;   // only the first is under way
    bool has_left = false;          // its goodbye has come
    bool said_goodbye = false;
    std::string loss;  // why it is gone; empty if it is not
  };
  enum class Part { header, payload };
  using Done = std::function<void()>;

  Peer& peer(Rank rank) { return peers_[static_cast<std::size_t>(rank)]; }
  int process_of(Rank rank) const { return options_.process_of ? options_.process_of(rank) : rank; }

  // Every channel, direction and part has a tag of its own: several ranks may live in one process,
  // and transports of different sizes exist side by side.
  int mpi_tag(Rank from, Rank to, Part part) const {
    const int pair = from * size() + to;
    return 2 * (kMpiChannels * pair + options_.channel) + (part == Part::payload ? 1 : 0);
  }

  void post_receive(Rank from, Part part, std::span<std::byte> into, Done done) {
    MPI_Request request = MPI_REQUEST_NULL;
    require(MPI_Irecv(into.data(), static_cast<int>(into.size()), MPI_BYTE, process_of(from),
                      mpi_tag(from, rank(), part), MPI_COMM_WORLD, &request),
            "MPI_Irecv");
    requests_.push_back(request);
    done_.push_back(std::move(done));
  }

  void post_send(Rank to, Part part, std::span<const std::byte> bytes, Done done) {
    MPI_Request request = MPI_REQUEST_NULL;
    require(MPI_Isend(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, process_of(to),
                      mpi_tag(rank(), to, part), MPI_COMM_WORLD, &request),
            "MPI_Isend");
    requests_.push_back(request);
    done_.push_back(std::move(done));
  }

  Outgoing* enqueue(Rank to, const FrameHeaderBytes& header, Message message, Parking* sender) {
    if (message.is_timing_only()) {
      message = Message::uninitialised(message.size());  // filler
      std::ranges::fill(message.bytes(), std::byte{});
    }
    auto& queue = peer(to).outgoing;
    queue.push_back({header, std::move(message), sender});
    start_first(to);
    return &queue.back();
  }

  void start_first(Rank to) {
    auto& queue = peer(to).outgoing;
    if (queue.empty() || queue.front().started) return;
    Outgoing& frame = queue.front();
    frame.started = true;
    const auto part_done = [this, to, &frame] {
      if (--frame.unfinished > 0) return;
      release(frame);
      peer(to).outgoing.pop_front();
      start_first(to);
    };
    const bool has_payload = !frame.message.bytes().empty();
    frame.unfinished = has_payload ? 2 : 1;
    post_send(to, Part::header, frame.header, part_done);
    if (has_payload) post_send(to, Part::payload, frame.message.bytes(), part_done);
  }

  static void release(Outgoing& frame) {
    if (frame.sender != nullptr) frame.sender->wake();
    frame.sender = nullptr;
  }

  void expect_header(Rank from) {
    post_receive(from, Part::header, peer(from).header, [this, from] { header_came(from); });
  }

  void header_came(Rank from) {
    Peer& sender = peer(from);
    const FrameHeader header = decode(sender.header, options_.largest_message);
    if (header.kind == FrameKind::goodbye) {
      sender.has_left = true;
      say_goodbye(from, Tag{});
      if (sender.incoming.empty()) lose(from, farewell(header));
      sender.incoming.push_back({header, {}, true});
      deliver(from);
      return;
    }
    sender.incoming.push_back({header, Message::uninitialised(header.length)});
    // A deque keeps its elements where they are while others come and go at its ends.
    Incoming& frame = sender.incoming.back();
    if (header.length == Bytes{}) {
      frame.complete = true;
      deliver(from);
    } else {
      post_receive(from, Part::payload, frame.message.bytes(), [this, from, &frame] {
        frame.complete = true;
        deliver(from);
      });
    }
    expect_header(from);
  }

  static std::string farewell(const FrameHeader& goodbye) {
    return goodbye.tag == kGivesUp ? "it has given up" : "it has left";
  }

  // What has arrived whole, in the order in which it was sent.
  void deliver(Rank from) {
    auto& incoming = peer(from).incoming;
    while (!incoming.empty() && incoming.front().complete) {
      Incoming frame = std::move(incoming.front());
      incoming.pop_front();
      if (frame.header.kind == FrameKind::goodbye) {
        lose(from, farewell(frame.header));
      } else if (!aborted_) {
        const bool timing_only = frame.header.kind == FrameKind::timing_only;
        if (timing_only) frame.message = Message::timing_only(frame.header.length);
        mailbox_.deliver(from, frame.header.tag, std::move(frame.message));
      }
    }
  }

  void lose(Rank peer, const std::string& cause) {
    if (peer == rank() || !this->peer(peer).loss.empty()) return;
    this->peer(peer).loss = cause;
    mailbox_.lose(peer, cause);
  }

  void say_goodbye(Rank to, Tag manner) {
    if (to == rank() || peer(to).said_goodbye) return;
    peer(to).said_goodbye = true;
    enqueue(to, encode({FrameKind::goodbye, manner, Bytes{}}), {}, nullptr);
  }

  // Done when every peer has said goodbye and has taken what was sent to it.
  Task<void> progress() {
    std::string failure;
    TimePoint last = clock_.now();
    while (!requests_.empty() && failure.empty()) {
      const TimePoint now = clock_.now();
      try {
        if (poll()) last = now;
      } catch (const std::exception& error) {
        failure = error.what();
      }
      const Duration quiet = now - last;
      if (quiet < kWithoutPause) {
        ::sched_yield();
        co_await asio::post(executor_, asio::use_awaitable);
      } else {
        co_await clock_.sleep_for(std::clamp<Duration>(quiet / kPauseShare, kPauseMin, kPauseMax));
      }
    }
    if (!failure.empty()) give_up_all(failure);
  }

  // MPI itself has failed: nobody can be reached, or be waited for, any more.
  void give_up_all(const std::string& failure) {
    aborted_ = true;
    for (Rank peer = 0; peer < size(); ++peer) {
      lose(peer, failure);
      for (Outgoing& frame : this->peer(peer).outgoing) release(frame);
    }
  }

  // Lets MPI work, and handles what it has finished; whether there was anything.
  bool poll() {
    int count = 0;
    indices_.resize(requests_.size());
    require(MPI_Testsome(static_cast<int>(requests_.size()), requests_.data(), &count,
                         indices_.data(), MPI_STATUSES_IGNORE),
            "MPI_Testsome");
    if (count <= 0) return false;
    std::vector<Done> finished;
    finished.reserve(static_cast<std::size_t>(count));
    std::sort(indices_.begin(), indices_.begin() + count);
    for (int i = 0; i < count; ++i) {
      finished.push_back(std::move(done_[static_cast<std::size_t>(indices_[i])]));
    }
    for (int i = count - 1; i >= 0; --i) {
      const auto index = static_cast<std::size_t>(indices_[i]);
      std::swap(requests_[index], requests_.back());
      requests_.pop_back();
      std::swap(done_[index], done_.back());
      done_.pop_back();
    }
    for (const Done& done : finished) done();
    return true;
  }

  asio::any_io_executor executor_;
  Clock& clock_;
  MpiOptions options_;
  Mailbox mailbox_;
  std::vector<Peer> peers_;  // by rank
  // What MPI has under way, and what follows when it is done.
  std::vector<MPI_Request> requests_;
  std::vector<Done> done_;
  std::vector<int> indices_;
  SentCounters sent_;
  bool aborted_ = false;
  TaskGroup tasks_;
};

class Session final : public MpiSession {
 public:
  Session() {
    int granted = 0;
    // A sweep runs in a thread of its own: calls come from several threads, one at a time.
    require(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &granted), "MPI_Init_thread");
    CHECK(granted >= MPI_THREAD_SERIALIZED, "MPI grants thread level {} of {}", granted,
          MPI_THREAD_SERIALIZED);
    require(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    require(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
    require(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
  }
  ~Session() override { MPI_Finalize(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  std::unique_ptr<GroupTransport> make_transport(asio::any_io_executor executor, Clock& clock,
                                                 MpiOptions options) override {
    CHECK(options.channel >= 0 && options.channel < kMpiChannels, "channel {}", options.channel);
    void* value = nullptr;
    int is_set = 0;
    require(MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, static_cast<void*>(&value), &is_set),
            "MPI_Comm_get_attr");
    // The least that the MPI standard (section 8.1.2) promises.
    const std::int64_t largest = is_set != 0 ? *static_cast<int*>(value) : 32'767;
    const std::int64_t tags = 2LL * kMpiChannels * options.size * options.size;
    if (tags - 1 > largest) {
      throw MpiError(fmt::format("{} ranks need {} tags, and this MPI has {}", options.size, tags,
                                 largest + 1));
    }
    return std::make_unique<Endpoint>(std::move(executor), clock, std::move(options));
  }

  void abort(int exit_code) override {
    MPI_Abort(MPI_COMM_WORLD, exit_code);
    std::abort();
  }

 private:
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace

void MpiSession::check_available() {}

std::unique_ptr<MpiSession> MpiSession::start() { return std::make_unique<Session>(); }

}  // namespace gradwire
