// One collective of one rank over its TCP connections, without a copy that it can do without:
// pieces leave from the rank's buffer, and come from the socket straight into it, or through a
// small block into their sum. The sums are those of Transport::execute(), to the last bit.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "netmodel/task.hpp"
#include "netmodel/transport.hpp"
#include "netmodel/transports/arriving_piece.hpp"
#include "netmodel/transports/tcp_connection.hpp"

namespace gradwire {

/// What a collective needs of the transport that it runs over; outlives it.
struct TcpCollectiveContext {
  Rank rank = 0;
  const Clock& clock;
  std::span<const std::shared_ptr<TcpConnection>> connections;  // by rank; none to itself
  Mailbox& mailbox;
  FrameReceivers& receivers;
  ScratchBlocks& blocks;
  SentCounters& sent;
};

class TcpCollective final : public FrameReceiver {
 public:
  /// `schedule`, `values` (one for each of its elements) and `reducer` outlive the collective.
  TcpCollective(const TcpCollectiveContext& context, Tag tag, const Schedule& schedule,
                std::span<float> values, Reducer& reducer);
  ~TcpCollective() override;
  TcpCollective(const TcpCollective&) = delete;
  TcpCollective& operator=(const TcpCollective&) = delete;

  /// Once. See Transport::execute(). When it has ended, in whatever way, nothing uses the buffer
  /// any more.
  Task<PhaseTimes> run();

  Landing& landing(Rank from, Bytes length) override;
  void lose(Rank peer) override;

 private:
  // A piece that comes before its step can take it.
  class Early;
  struct Receiving {
    ReceivePiece piece;
    std::unique_ptr<ArrivingPiece> arriving;  // none: its frame has not begun
  };
  struct StepState {
    Step step;
    std::vector<Receiving> receives;
    std::vector<std::shared_ptr<OutgoingFrame>> sends;
  };

  Task<void> run_steps();
  Task<void> run_step();
  Task<void> combine_kept();
  void adopt_early_messages();
  void begin(int index);
  void prepare(int index, StepState& state) const;
  void send_pieces();
  void count_sent();
  void take_early();
  Receiving* receiving(StepState& state, Rank from);
  ArrivingPiece& start_piece(const StepState& state, Receiving& receiving);
  bool may_be_read_ahead(const ReceivePiece& piece) const;
  bool has_sent() const;
  bool has_gathered() const;
  bool is_combined() const;
  void throw_if_lost() const;
  TcpConnection& connection_to(Rank peer) const;
  void give_up();
  void let_go();

  TcpCollectiveContext context_;
  Tag tag_;
  const Schedule& schedule_;
  std::span<float> values_;
  Reducer& reducer_;
  PieceSurroundings surroundings_;
  StepState current_;
  StepState next_;
  std::vector<std::deque<std::unique_ptr<Early>>> early_;  // by rank
  PhaseTimes times_;
  Parking progress_;
};

}  // namespace gradwire
