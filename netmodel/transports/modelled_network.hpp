// The network in virtual time: every message is a flow over its route, and flows share links by
// max-min fairness. Between two ranks there is one connection, on which messages travel one after
// another.
//
// A message of p bytes takes (p + frame header + packet headers) * 8 / rate, plus the latency of
// its route. The rate is its fair share; over TCP the sender waits in addition where its window is
// too small (tcp/sender.hpp). Its sender is free when the last bit has left; the receiver has it
// one latency (and jitter) later.
#pragma once

#include <boost/container/small_vector.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "netmodel/dynamics/changing_topology.hpp"
#include "netmodel/flow_engine.hpp"
#include "netmodel/random_streams.hpp"
#include "netmodel/tcp/acknowledgements.hpp"
#include "netmodel/tcp/link_queues.hpp"
#include "netmodel/tcp/settings.hpp"
#include "netmodel/token_buckets.hpp"
#include "netmodel/topology.hpp"
#include "netmodel/transport.hpp"
#include "netmodel/transports/flow_record.hpp"
#include "netmodel/transports/link_traffic.hpp"
#include "netmodel/transports/modelled_connection.hpp"
#include "netmodel/transports/undisturbed_collective.hpp"

namespace gradwire {

/// One message under way; who receives its events is up to the sender.
class TransferListener {
 public:
  virtual ~TransferListener() = default;
  /// The last bit has left the sender. `token` is what the transfer was started with.
  virtual void drained(Rank from, Rank to, std::uint64_t token) = 0;
  virtual void delivered(Rank from, Rank to, std::uint64_t token, Message message) = 0;
  /// One of the two hosts has vanished: nothing more will be said of this message.
  virtual void dropped(Rank from, Rank to, std::uint64_t token) = 0;
};

class CollectiveListener;
class CollectiveMembers;
class ModelledEndpoint;
class ModelledCollective;

/// Outlives its endpoints' users; goes before its clock, with whatever is under way.
class ModelledNetwork {
 public:
  /// One rank a host. `streams` supplies jitter and losses.
  ModelledNetwork(VirtualClock& clock, std::shared_ptr<const Topology> topology,
                  RandomStreams streams, const TransportModel& model = {});
  ~ModelledNetwork();

  int size() const { return topology_->hosts(); }
  Transport& endpoint(Rank rank);

  /// The rank takes part in its next collective, timing-only, without a coroutine: what thousands
  /// of ranks cost that do nothing else. All outlive the rank's part.
  void execute(Rank rank, const Schedule& schedule, Reducer& reducer, CollectiveListener& listener);

  /// The host vanishes: what is under way from it or to it is lost and frees its links, and its
  /// peers learn of it at once.
  void disconnect(Rank rank);
  bool is_connected(Rank rank) const;
  /// The smallest rank that has vanished.
  std::optional<Rank> first_lost() const { return first_lost_; }
  /// "vanished from the network at 3s": what became of a host that is not connected.
  std::string fate_of(Rank rank) const;

  // --- changes under way (modelled_changes.cpp)

  /// Changes a link from now on. What is in the air arrives as it would have.
  void change_link(LinkIndex link, const LinkChange& change);
  /// Nothing crosses the link until it is restored: what is on it waits.
  void cut(LinkIndex link);
  void restore(LinkIndex link);
  /// Restores all links, and ends the partition.
  void restore_all();
  /// Hosts of different groups cannot send to each other from now on; `group_of` is by rank, empty:
  /// all can.
  void divide(std::vector<int> group_of);
  /// Whether something is cut, divided, or carries nothing for now.
  bool is_interrupted() const;

  /// Starts a flow that is no message, `bits` long (or kEndless): it shares the links from one host
  /// to another as `weight` messages do. `done` runs when the last bit has left. Returns a name for
  /// stop_background().
  std::uint64_t start_background(Rank from, Rank to, std::int64_t bits, MicroRate cap, Action done,
                                 int weight = 1);
  void stop_background(std::uint64_t name);
  /// Whether a message is on its way, or an event is to come that is neither the end of a flow nor
  /// one of the `others` that the caller has placed.
  bool is_alive(std::size_t others) const;

  /// One line for each rank that waits for something; empty when none does.
  std::string waiting() const;

  std::vector<LinkTraffic> usage() const;
  /// Keeps records of the messages that are handed over from now on; none: no more.
  void record(FlowRecorder* recorder);
  /// Messages of a collective that a rank takes part in.
  void count_sent(Rank rank, const SentCounters& sent);
  /// Messages delivered so far, over all ranks.
  std::int64_t delivered() const { return delivered_; }

  /// Queues a message; its listener outlives it.
  void transfer(Rank from, Rank to, std::uint64_t token, Message message,
                TransferListener& listener);

  VirtualClock& clock() { return clock_; }

  /// Adds what decides the future of all messages and collectives; collectives are counted from the
  /// one that rank 0 joined last. Refuses where that is not all: something is drawn at random, has
  /// been changed under way, or is sent outside of collectives.
  void describe(RelativeState& state) const;
  /// How many collectives a rank has joined so far.
  std::int64_t collectives_of(Rank rank) const;

  /// The collective that every rank joins as its `number`th; created by the first.
  ModelledCollective& collective(std::uint64_t number);
  /// Called by a collective that every rank has left.
  void forget(std::uint64_t number);

  // --- messages without events, ahead of time (modelled_leap.cpp)

  /// Whether only rates and latencies decide what becomes of messages, and nothing changes these.
  bool goes_by_rates() const;
  /// Whether messages of this listener are all that is under way, and nothing is to come but what
  /// becomes of them and so many `others` of the clock's events.
  bool is_alone(const TransferListener& listener, std::size_t others) const;
  /// Whether messages from each rank to its one peer, one at a time, cannot disturb each other. The
  /// rest here is called only if all three are so.
  bool are_apart(std::span<const Rank> peers) const;
  UndisturbedMessage undisturbed(Rank from, Rank to, Bytes size) const;
  /// When the message that leaves now will have left; none: its first bit has not.
  std::optional<TimePoint> drains_at(Rank from, Rank to) const;
  /// Of what has left by now.
  TimePoint last_arrival(Rank from, Rank to) const;

  struct TimedMessage {
    Rank from = 0;
    Rank to = 0;
    std::uint64_t token = 0;
    Bytes size{};
    TimePoint when{};
  };
  /// What has left its sender, and when it arrives.
  std::vector<TimedMessage> arrivals() const;
  /// These are no longer under way.
  void take_back_arrivals();
  /// A message has left its sender, and arrives then.
  void put_arrival(const TimedMessage& message, TransferListener& listener);

  /// The message that leaves now has left, and is no longer under way.
  void end_ahead(Rank from, Rank to, TimePoint last_arrival);
  /// Others come and go after it, one after another: so many bits that leave in so much time.
  void count_ahead(Rank from, Rank to, std::int64_t bits, Duration sending, TimePoint last_arrival);
  void count_delivered(std::int64_t messages) { delivered_ += messages; }
  /// Then a message is handed over, and is still leaving at `landing`.
  void start_ahead(const TimedMessage& message, TimePoint landing, TransferListener& listener);

 private:
  using Connection = ModelledConnection;
  // A message, from transfer() to its delivery.
  struct Transfer {
    Connection* way = nullptr;  // none: this place is free
    TransferListener* listener = nullptr;
    std::uint64_t token = 0;
    Message message;
    EventId arrival;             // once it has drained
    std::uint32_t next = kNone;  // in the queue of its connection; of the free places
  };
  static constexpr std::uint32_t kNone = Connection::kNone;

  struct LinkState {
    BitsPerSecond rate{};
    bool cut = false;
  };

  struct Background {
    FlowId flow = 0;
    Rank from = 0;
    Rank to = 0;
    Action done;
    Route back;            // of acknowledgements
    BitsPerSecond rate{};  // that they are for
  };

  LinkState& state_of(LinkIndex link);
  void set_capacity(LinkIndex link);
  void begin_acknowledging(const Route& there, const Route& back, BitsPerSecond rate);
  void end_acknowledging(const Route& back, BitsPerSecond rate);
  ConnectionMaker connection_maker() const { return {*topology_, model_, streams_}; }
  bool divides(Rank from, Rank to) const;
  void background_ended(std::uint64_t name);
  void hold_or_release(FlowId flow, Rank from, Rank to);

  bool is_steady() const;
  Connection& connection(Rank from, Rank to);
  Connection* find_connection(Rank from, Rank to) const;
  std::uint32_t take_transfer();
  void open(std::uint32_t transfer);
  std::int64_t wire_bits(Bytes payload) const;
  Duration travelling_of(const Connection& way, Bytes payload) const;
  void start(std::uint32_t transfer);
  void go_on(std::uint32_t transfer);
  void send_part(std::uint32_t transfer, std::int64_t bits, MicroRate cap);
  std::int64_t left_by_buckets(const Connection& way, std::int64_t bits);
  void part_sent(std::uint32_t transfer);
  TcpBottleneck bottleneck_of(const Connection& way) const;
  template <void (ModelledNetwork::*Member)(std::uint32_t)>
  Action action(std::uint32_t transfer) {
    return {[](void* network, std::uint64_t which) {
              (static_cast<ModelledNetwork*>(network)->*Member)(static_cast<std::uint32_t>(which));
            },
            this, transfer};
  }
  void pop_front(Connection& way);
  void drained(std::uint32_t transfer);
  void arrived(std::uint32_t transfer);
  void stop(Connection& way);
  void drop_transfers_of(Rank rank);
  Transfer release(std::uint32_t transfer);
  Duration draw_delay(Connection& way);
  using Numbers = std::unordered_map<const TransferListener*, std::int64_t>;
  void describe(const Transfer& transfer, const Numbers& numbers, RelativeState& state) const;
  void describe(const Connection& way, const Numbers& numbers, RelativeState& state) const;
  void describe_arrivals(const Numbers& numbers, RelativeState& state) const;
  Duration queueing_of(const Connection& way) const;
  Duration wait_in_queues(Connection& way) const;
  static std::optional<LinkIndex> own_queue(const Connection& way);
  void count_waiting(Connection& way) const;
  void stand(Connection& way, std::int64_t bits);
  void stand_no_more(Connection& way);
  void acknowledge(Connection& way);
  void acknowledge_at_new_rate(Connection& way);
  void acknowledge_the_rest(Connection& way);
  void acknowledge_no_more(Connection& way);
  void count_losses(const Connection& way, const TcpBottleneck& bottleneck, std::int64_t by_chance,
                    std::int64_t in_queue);
  FlowLimit limit_before(const Connection& way) const;
  FlowLimit limit_of(const Connection& way) const;
  static FlowLimit limit_of_wait(const TcpSender& sender);
  void note_flow(std::uint32_t transfer);
  void note_flows();

  VirtualClock& clock_;
  std::shared_ptr<const Topology> topology_;
  RandomStreams streams_;
  FlowEngine engine_;
  std::shared_ptr<ChangingTopology> changing_;  // topology_ once a link has changed
  std::vector<LinkState> link_states_;          // by LinkIndex, once a link has changed
  std::vector<int> group_of_;                   // by rank; empty: all are in one group
  std::map<std::uint64_t, Background> background_;
  std::uint64_t next_background_ = 0;
  std::map<Rank, TimePoint> vanished_;
  TransportModel model_;
  TokenBuckets buckets_;
  LinkQueues queues_;
  std::optional<AckLoads> acks_;         // where there are any
  std::vector<LinkIndex> acks_changed_;  // of a call under way
  std::size_t acks_ending_ = 0;          // connections with only acknowledgements on their way
  // By sender; each sender's by receiver.
  std::vector<boost::container::small_vector<std::unique_ptr<Connection>, 1>> connections_;
  std::deque<Transfer> transfers_;
  std::uint32_t first_free_ = kNone;  // of the transfers that are none, linked by their `next`
  std::deque<ModelledEndpoint> endpoints_;      // by rank
  std::unique_ptr<CollectiveMembers> members_;  // of collectives
  std::unordered_map<std::uint64_t, std::unique_ptr<ModelledCollective>> collectives_;
  std::unique_ptr<ModelledCollective> spare_collective_;
  std::optional<Rank> first_lost_;
  std::int64_t delivered_ = 0;
  FlowRecorder* recorder_ = nullptr;
};

}  // namespace gradwire
