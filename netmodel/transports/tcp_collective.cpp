#include "netmodel/transports/tcp_collective.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "netmodel/check.hpp"
#include "netmodel/frame.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;

bool overlap(Range a, Range b) {
  return a.count > 0 && b.count > 0 && a.begin < b.begin + b.count && b.begin < a.begin + a.count;
}

bool is_sent_in(const Step& step, Range range) {
  return std::ranges::any_of(step.sends,
                             [&](const SendPiece& piece) { return overlap(piece.range, range); });
}

// A piece must be kept when its range still has to be sent as it is, and when several pieces are
// summed into the range, for that has an order.
bool can_go_in_place(const Step& step, const ReceivePiece& piece) {
  const auto pieces = std::ranges::count_if(
      step.receives, [&](const ReceivePiece& other) { return overlap(other.range, piece.range); });
  return pieces <= 1 && !is_sent_in(step, piece.range);
}

// Why a frame of this length cannot be the piece; empty if it can.
std::string misfit(const ReceivePiece& piece, Bytes length) {
  if (length == bytes_of(piece.range)) return {};
  return fmt::format("a piece of {} bytes in place of {}", length.count,
                     bytes_of(piece.range).count);
}

}  // namespace

class TcpCollective::Early final : public Landing {
 public:
  Early(TcpCollective& collective, Bytes size)
      : collective_(collective), message_(Message::uninitialised(size)) {}
  Early(TcpCollective& collective, Message message)
      : collective_(collective), message_(std::move(message)), is_complete_(true) {}

  std::span<std::byte> room() override { return message_.bytes().subspan(arrived_); }
  void landed(std::size_t count) override {
    arrived_ += count;
    is_complete_ = arrived_ == message_.bytes().size();
    if (is_complete_) collective_.progress_.wake();
  }
  bool is_complete() const { return is_complete_; }
  const Message& message() const { return message_; }

 private:
  TcpCollective& collective_;
  Message message_;
  std::size_t arrived_ = 0;
  bool is_complete_ = false;
};

TcpCollective::TcpCollective(const TcpCollectiveContext& context, Tag tag, const Schedule& schedule,
                             std::span<float> values, Reducer& reducer)
    : context_(context),
      tag_(tag),
      schedule_(schedule),
      values_(values),
      reducer_(reducer),
      surroundings_{values, reducer, context.blocks, [this] { progress_.wake(); }},
      early_(context.connections.size()) {
  CHECK(context_.receivers.emplace(tag_, this).second, "tag {} is in use",
        static_cast<std::uint64_t>(tag_));
}

TcpCollective::~TcpCollective() { let_go(); }

Task<PhaseTimes> TcpCollective::run() {
  std::exception_ptr error;
  try {
    adopt_early_messages();
    co_await run_steps();
  } catch (...) {
    error = std::current_exception();
  }
  if (error) {
    give_up();
    const auto is_summing = [](const Receiving& receiving) {
      return receiving.arriving && receiving.arriving->is_summing();
    };
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    while (std::ranges::any_of(current_.receives, is_summing) ||
           std::ranges::any_of(next_.receives, is_summing)) {
      co_await progress_.wait_uninterrupted();
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    std::rethrow_exception(error);
  }
  co_return times_;
}

// What peers who were quicker sent before this rank came here.
void TcpCollective::adopt_early_messages() {
  while (auto received = context_.mailbox.take(kAnySource, tag_)) {
    if (received->message.is_timing_only()) {
      connection_to(received->from).refuse(kPieceWithoutContent);
      continue;
    }
    early_[static_cast<std::size_t>(received->from)].push_back(
        std::make_unique<Early>(*this, std::move(received->message)));
  }
}

Task<void> TcpCollective::run_steps() {
  if (schedule_.steps() > 0) prepare(0, next_);
  for (int index = 0; index < schedule_.steps(); ++index) {
    begin(index);
    if (current_.step.sends.empty() && current_.receives.empty()) continue;
    co_await run_step();
  }
}

void TcpCollective::prepare(int index, StepState& state) const {
  schedule_.describe(context_.rank, index, state.step);
  state.sends.clear();
  state.receives.clear();
  for (const ReceivePiece& piece : state.step.receives) state.receives.push_back({piece, nullptr});
}

void TcpCollective::begin(int index) {
  std::swap(current_, next_);
  if (index + 1 < schedule_.steps()) {
    prepare(index + 1, next_);
  } else {
    next_ = {};
  }
}

Task<void> TcpCollective::run_step() {
  const TimePoint start = context_.clock.now();
  TimePoint sent = start;
  TimePoint gathered = start;
  send_pieces();
  bool sending = true;
  bool gathering = true;
  for (;;) {
    take_early();
    const TimePoint now = context_.clock.now();
    if (sending && has_sent()) {
      sending = false;
      sent = now;
      count_sent();
    }
    if (gathering && has_gathered()) {
      gathering = false;
      gathered = now;
    }
    if (!sending && !gathering && is_combined()) break;
    throw_if_lost();
    co_await progress_.wait();
  }
  gathered = std::max(gathered, sent);
  co_await combine_kept();
  times_ += {sent - start, gathered - sent, context_.clock.now() - gathered};
}

void TcpCollective::send_pieces() {
  for (const SendPiece& piece : current_.step.sends) {
    const auto values = values_.subspan(static_cast<std::size_t>(piece.range.begin),
                                        static_cast<std::size_t>(piece.range.count));
    current_.sends.push_back(connection_to(piece.to).lend(tag_, std::as_bytes(values), progress_));
  }
}

void TcpCollective::count_sent() {
  for (const SendPiece& piece : current_.step.sends) {
    context_.sent.bytes += bytes_of(piece.range);
    ++context_.sent.messages;
  }
}

Landing& TcpCollective::landing(Rank from, Bytes length) {
  auto& early = early_[static_cast<std::size_t>(from)];
  if (early.empty()) {
    Receiving* now = receiving(current_, from);
    Receiving* ahead = receiving(next_, from);
    const bool is_ahead = now == nullptr && ahead != nullptr;
    if (is_ahead && may_be_read_ahead(ahead->piece)) now = ahead;
    if (now != nullptr) {
      const std::string reason = misfit(now->piece, length);
      if (!reason.empty()) throw FrameError(reason);
      return start_piece(is_ahead ? next_ : current_, *now);
    }
  }
  early.push_back(std::make_unique<Early>(*this, length));
  return *early.back();
}

// The piece of this step that comes from this rank, if its frame has not begun.
TcpCollective::Receiving* TcpCollective::receiving(StepState& state, Rank from) {
  for (Receiving& receiving : state.receives) {
    if (receiving.piece.from == from) return receiving.arriving ? nullptr : &receiving;
  }
  return nullptr;
}

ArrivingPiece& TcpCollective::start_piece(const StepState& state, Receiving& receiving) {
  const auto way = can_go_in_place(state.step, receiving.piece) ? ArrivingPiece::Way::in_place
                                                                : ArrivingPiece::Way::kept;
  receiving.arriving = std::make_unique<ArrivingPiece>(surroundings_, receiving.piece, way);
  return *receiving.arriving;
}

// A piece of the next step can go to its place when nothing of this step needs that any more.
bool TcpCollective::may_be_read_ahead(const ReceivePiece& piece) const {
  for (std::size_t i = 0; i < current_.step.sends.size(); ++i) {
    const bool has_left = i < current_.sends.size() && current_.sends[i]->has_left();
    if (!has_left && overlap(current_.step.sends[i].range, piece.range)) return false;
  }
  return std::ranges::none_of(current_.receives, [&](const Receiving& receiving) {
    return overlap(receiving.piece.range, piece.range);
  });
}

void TcpCollective::take_early() {
  for (Receiving& receiving : current_.receives) {
    auto& early = early_[static_cast<std::size_t>(receiving.piece.from)];
    if (receiving.arriving || early.empty() || !early.front()->is_complete()) continue;
    const Message& message = early.front()->message();
    const std::string reason = misfit(receiving.piece, message.size());
    if (reason.empty()) {
      land(message.bytes(), start_piece(current_, receiving));
    } else {
      connection_to(receiving.piece.from).refuse(reason);
    }
    early.pop_front();
  }
}

bool TcpCollective::has_sent() const {
  return std::ranges::all_of(current_.sends, [](const auto& frame) { return frame->has_left(); });
}

bool TcpCollective::has_gathered() const {
  return std::ranges::all_of(current_.receives, [](const Receiving& receiving) {
    return receiving.arriving && receiving.arriving->has_arrived();
  });
}

bool TcpCollective::is_combined() const {
  return std::ranges::all_of(current_.receives, [](const Receiving& receiving) {
    return receiving.arriving && receiving.arriving->is_done();
  });
}

// Combines the pieces that were not read into their places.
Task<void> TcpCollective::combine_kept() {
  Step kept;
  std::vector<Message> arrived;
  for (Receiving& receiving : current_.receives) {
    if (!receiving.arriving->is_kept()) continue;
    kept.receives.push_back(receiving.piece);
    arrived.push_back(receiving.arriving->take_message());
  }
  if (kept.receives.empty()) co_return;
  std::function<void()> work = [&] { combine(kept, arrived, context_.rank, values_); };
  const Bytes summed = summed_bytes(kept);
  if (summed > Bytes{}) {
    co_await reduce(reducer_, summed, std::move(work));
  } else {
    work();
  }
}

void TcpCollective::throw_if_lost() const {
  for (std::size_t i = 0; i < current_.sends.size(); ++i) {
    if (current_.sends[i]->has_left()) continue;
    const Rank to = current_.step.sends[i].to;
    const std::string& loss = connection_to(to).why_closed();
    if (!loss.empty()) throw PeerLost(context_.rank, to, loss);
  }
  for (const Receiving& receiving : current_.receives) {
    const Rank from = receiving.piece.from;
    const auto& early = early_[static_cast<std::size_t>(from)];
    if (!early.empty() && early.front()->is_complete()) continue;
    if (receiving.arriving && receiving.arriving->has_arrived()) continue;
    const std::string loss = connection_to(from).why_silent();
    if (!loss.empty()) throw PeerLost(context_.rank, from, loss);
  }
}

TcpConnection& TcpCollective::connection_to(Rank peer) const {
  const auto& connection = context_.connections[static_cast<std::size_t>(peer)];
  CHECK(connection, "rank {} has no connection to {}", context_.rank, peer);
  return *connection;
}

void TcpCollective::lose(Rank /*peer*/) { progress_.wake(); }

// Nobody may touch the rank's buffer, nor this collective, from now on.
void TcpCollective::give_up() {
  let_go();
  for (const auto& frame : current_.sends) frame->take_back();
}

// Nothing more comes here: what is left of a frame that has begun is read and dropped.
void TcpCollective::let_go() {
  context_.receivers.erase(tag_);
  for (const auto& connection : context_.connections) {
    if (connection) connection->drop_frame_of(*this);
  }
}

}  // namespace gradwire
