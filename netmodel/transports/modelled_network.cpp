#include "netmodel/transports/modelled_network.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "netmodel/check.hpp"
#include "netmodel/frame.hpp"
#include "netmodel/tcp/wire.hpp"
#include "netmodel/transports/modelled_collective.hpp"
#include "netmodel/transports/modelled_endpoint.hpp"

namespace gradwire {
namespace {

// Where the connection to this rank is, or would be, among those of a sender.
auto place_of(auto& ways, Rank to) {
  return std::ranges::lower_bound(ways, to, {}, [](const auto& way) { return way->to; });
}

}  // namespace

ModelledNetwork::ModelledNetwork(VirtualClock& clock, std::shared_ptr<const Topology> topology,
                                 RandomStreams streams, const TransportModel& model)
    : clock_(clock),
      topology_(std::move(topology)),
      streams_(streams),
      engine_(clock),
      model_(model),
      buckets_(topology_->links()),
      queues_(topology_->links()),
      members_(std::make_unique<CollectiveMembers>()) {
  if (model.carrier == Carrier::tcp && model.tcp.acknowledgements) {
    acks_.emplace(topology_->links().size());
  }
  connections_.resize(static_cast<std::size_t>(topology_->hosts()));
  for (const Link& link : topology_->links()) {
    engine_.add_resource(link.rate.count);  // its ResourceId is the LinkIndex
  }
  for (Rank rank = 0; rank < topology_->hosts(); ++rank) {
    endpoints_.emplace_back(*this, rank);
  }
}

ModelledNetwork::~ModelledNetwork() {
  for (const Transfer& transfer : transfers_) clock_.cancel(transfer.arrival);
  for (const auto& ways : connections_) {
    for (const auto& way : ways) {
      clock_.cancel(way->event);
      if (way->more) clock_.cancel(way->more->acknowledged);
    }
  }
}

Transport& ModelledNetwork::endpoint(Rank rank) {
  return endpoints_.at(static_cast<std::size_t>(rank));
}

void ModelledNetwork::execute(Rank rank, const Schedule& schedule, Reducer& reducer,
                              CollectiveListener& listener) {
  endpoints_.at(static_cast<std::size_t>(rank)).execute(schedule, reducer, listener);
}

void ModelledNetwork::disconnect(Rank rank) {
  first_lost_ = std::min(rank, first_lost_.value_or(rank));
  vanished_.emplace(rank, clock_.now());
  for (ModelledEndpoint& endpoint : endpoints_) endpoint.lose(rank, fate_of(rank));
  drop_transfers_of(rank);
  for (const auto& [number, collective] : collectives_) collective->lose(rank);
}

bool ModelledNetwork::is_connected(Rank rank) const {
  return !endpoints_[static_cast<std::size_t>(rank)].is_lost();
}

std::string ModelledNetwork::fate_of(Rank rank) const {
  return fmt::format("vanished from the network at {}",
                     to_string(vanished_.at(rank).time_since_epoch()));
}

std::string ModelledNetwork::waiting() const {
  std::string text;
  for (const ModelledEndpoint& endpoint : endpoints_) {
    const std::string waits = endpoint.waiting();
    if (!waits.empty()) text += fmt::format("rank {} waits for {}\n", endpoint.rank(), waits);
  }
  for (const auto& [number, collective] : collectives_) text += collective->waiting();
  return text;
}

void ModelledNetwork::count_sent(Rank rank, const SentCounters& sent) {
  endpoints_[static_cast<std::size_t>(rank)].count_sent(sent);
}

std::vector<LinkTraffic> ModelledNetwork::usage() const {
  std::vector<LinkTraffic> usage;
  usage.reserve(topology_->links().size());
  for (LinkIndex id = 0; id < topology_->links().size(); ++id) {
    const Link& link = topology_->links()[id];
    const ResourceUsage used = engine_.usage(id);
    usage.push_back({topology_->link_name(id), link.rate, Bytes{used.units / 8}, used.busy,
                     queues_.peak(id), queues_.micro_drops(id)});
  }
  return usage;
}

ModelledNetwork::Connection& ModelledNetwork::connection(Rank from, Rank to) {
  auto& ways = connections_[static_cast<std::size_t>(from)];
  const auto place = place_of(ways, to);
  if (place != ways.end() && (*place)->to == to) return **place;
  return **ways.insert(place, connection_maker().make(from, to));
}

ModelledNetwork::Connection* ModelledNetwork::find_connection(Rank from, Rank to) const {
  const auto& ways = connections_[static_cast<std::size_t>(from)];
  const auto place = place_of(ways, to);
  return place != ways.end() && (*place)->to == to ? place->get() : nullptr;
}

std::uint32_t ModelledNetwork::take_transfer() {
  if (first_free_ != kNone) return std::exchange(first_free_, transfers_[first_free_].next);
  transfers_.emplace_back();
  return static_cast<std::uint32_t>(transfers_.size() - 1);
}

void ModelledNetwork::transfer(Rank from, Rank to, std::uint64_t token, Message message,
                               TransferListener& listener) {
  const std::uint32_t id = take_transfer();
  Connection& way = connection(from, to);
  transfers_[id] = {&way, &listener, token, std::move(message), {}, kNone};
  if (recorder_ != nullptr) recorder_->handed(id, from, to, clock_.now());
  if (way.first == kNone) {
    way.first = way.last = id;
    open(id);
  } else {
    transfers_[way.last].next = id;
    way.last = id;
  }
}

// What happens before the first bit leaves.
void ModelledNetwork::open(std::uint32_t id) {
  Connection& way = *transfers_[id].way;
  if (recorder_ != nullptr) recorder_->turn(id, limit_before(way), clock_.now());
  Duration delay = model_.cost_per_message;
  if (!std::exchange(way.opened, true) && way.more) delay += way.more->handshake;
  if (delay == Duration{}) return start(id);
  way.event = clock_.at(clock_.now() + delay, action<&ModelledNetwork::start>(id));
}

std::int64_t ModelledNetwork::wire_bits(Bytes payload) const {
  return model_.packets().wire_bytes(payload + Bytes{kFrameHeaderBytes}).count * 8;
}

// Of the last bit of a message, without jitter and queueing.
Duration ModelledNetwork::travelling_of(const Connection& way, Bytes payload) const {
  if (!model_.store_and_forward) return way.latency;
  return way.latency + connection_maker().storing_of_message(way, wire_bits(payload) / 8);
}

void ModelledNetwork::start(std::uint32_t id) {
  const Transfer& transfer = transfers_[id];
  Connection& way = *transfer.way;
  std::int64_t bits = wire_bits(transfer.message.size());
  if (way.more && way.more->resent > 1.0) {
    const double lost = static_cast<double>(bits) * (way.more->resent - 1.0);
    const auto packet = static_cast<double>(8 * model_.packets().full_packet());
    queues_.drop_by_chance(way.route, lost / packet, topology_->links());
    bits += std::llround(lost);
  }
  if (acks_) acknowledge(way);
  if (recorder_ != nullptr) {
    recorder_->sized(id, Bytes{bits / 8}, latency_of(*topology_, way.route));
  }
  way.over_tcp = way.tcp != nullptr;
  if (!way.over_tcp) return send_part(id, bits, kNoCap);
  if (queues_.any()) way.tcp->set_queueing(queueing_of(way));
  way.tcp->begin(clock_.now(), bits);
  go_on(id);
}

// Does what the connection's sender says next.
void ModelledNetwork::go_on(std::uint32_t id) {
  Connection& way = *transfers_[id].way;
  if (queues_.any()) way.tcp->set_queueing(queueing_of(way));
  const TcpSender::Step step = way.tcp->next(clock_.now());
  switch (step.kind) {
    case TcpSender::Step::Kind::send:
      return send_part(id, step.bits, step.cap);
    case TcpSender::Step::Kind::wait:
      if (recorder_ != nullptr) {
        recorder_->held(id, limit_of_wait(*way.tcp), way.tcp->round_start());
      }
      way.event = clock_.at(step.until, action<&ModelledNetwork::go_on>(id));
      return;
    case TcpSender::Step::Kind::done:
      return drained(id);
  }
}

void ModelledNetwork::send_part(std::uint32_t id, std::int64_t bits, MicroRate cap) {
  Connection& way = *transfers_[id].way;
  way.flowing = true;
  if (way.more) {
    way.more->part_started = clock_.now();
    way.more->part_bits = bits;
    way.more->part_cap = cap;
  }
  if (queues_.any() && way.over_tcp) stand(way, bits);
  if (buckets_.any()) bits = left_by_buckets(way, bits);
  way.flow = engine_.start(way.route, bits, std::min(way.cap, cap),
                           action<&ModelledNetwork::part_sent>(id), way.weight);
  if (divides(way.from, way.to)) engine_.hold(way.flow);
  if (recorder_ != nullptr) note_flow(id);
}

// What is left for the rates of the links. Buckets let the rest through at once, but no faster than
// the connection can be.
std::int64_t ModelledNetwork::left_by_buckets(const Connection& way, std::int64_t bits) {
  const std::int64_t left = bits - buckets_.start(way.route, bits, clock_.now());
  if (way.cap == kNoCap) return left;
  const std::int64_t slowest = slowest_of(topology_->links(), way.route).count;
  const __int128 taken = __int128{bits} * slowest * kMicro / way.cap;
  return std::max(left, static_cast<std::int64_t>(std::min<__int128>(taken, bits)));
}

void ModelledNetwork::part_sent(std::uint32_t id) {
  Connection& way = *transfers_[id].way;
  way.flowing = false;
  if (recorder_ != nullptr) recorder_->flow_over(way.flow);
  if (buckets_.any()) buckets_.end(way.route, clock_.now());
  if (!way.over_tcp) return drained(id);
  if (queues_.any()) count_waiting(way);
  stand_no_more(way);
  const TcpBottleneck bottleneck = bottleneck_of(way);
  const std::int64_t by_chance = way.tcp->lost_by_chance();
  const std::int64_t in_queue = way.tcp->lost_in_queue();
  way.tcp->sent(way.more->part_started, clock_.now(), bottleneck);
  way.more->standing_at = bottleneck.link;
  count_losses(way, bottleneck, by_chance, in_queue);
  go_on(id);
}

// The link on which this connection's part is smallest; of equals the first.
TcpBottleneck ModelledNetwork::bottleneck_of(const Connection& way) const {
  TcpBottleneck bottleneck;
  BitsPerSecond before{};  // the slowest link so far
  std::int64_t smallest = std::numeric_limits<std::int64_t>::max();
  for (const ResourceId id : way.route) {
    const Link& link = topology_->links()[id];
    const BitsPerSecond inflow = before;
    before = before.count == 0 ? link.rate : std::min(before, link.rate);
    const std::int64_t flows = std::max<std::int64_t>(way.weight, engine_.flows_until_now(id));
    const auto part = static_cast<std::int64_t>(__int128{link.rate.count} * way.weight / flows);
    if (part >= smallest) continue;
    smallest = part;
    bottleneck = {id == way.route.front(), link.queue, flows, way.weight, id, inflow};
  }
  return bottleneck;
}

void ModelledNetwork::pop_front(Connection& way) {
  way.first = transfers_[way.first].next;
  if (way.first == kNone) {
    way.last = kNone;
  } else {
    open(way.first);
  }
}

void ModelledNetwork::drained(std::uint32_t id) {
  Transfer& transfer = transfers_[id];
  Connection& way = *transfer.way;
  Duration latency = travelling_of(way, transfer.message.size());
  latency = std::max(Duration{}, latency + draw_delay(way));
  if (queues_.any() && way.over_tcp) latency += wait_in_queues(way);
  way.last_arrival = std::max(way.last_arrival, clock_.now() + latency);
  transfer.arrival = clock_.at(way.last_arrival, action<&ModelledNetwork::arrived>(id));
  if (recorder_ != nullptr) recorder_->left(id, clock_.now());
  pop_front(way);
  if (acks_ && way.first == kNone) acknowledge_the_rest(way);
  transfer.listener->drained(way.from, way.to, transfer.token);
}

void ModelledNetwork::arrived(std::uint32_t id) {
  Transfer transfer = release(id);
  if (recorder_ != nullptr) recorder_->arrived(id, clock_.now());
  ++delivered_;
  transfer.listener->delivered(transfer.way->from, transfer.way->to, transfer.token,
                               std::move(transfer.message));
}

void ModelledNetwork::stop(Connection& way) {
  clock_.cancel(way.event);
  if (acks_) acknowledge_no_more(way);
  if (way.more) {
    way.more->waited = {};
    stand_no_more(way);
  }
  if (!std::exchange(way.flowing, false)) return;
  if (recorder_ != nullptr) recorder_->flow_over(way.flow);
  if (buckets_.any()) buckets_.end(way.route, clock_.now());
  engine_.cancel(way.flow);
}

void ModelledNetwork::drop_transfers_of(Rank rank) {
  const auto concerned = [rank](const Connection& way) {
    return way.from == rank || way.to == rank;
  };
  for (auto& ways : connections_) {
    for (auto& way : ways) {
      if (way->first == kNone || !concerned(*way)) continue;
      stop(*way);
      way->first = way->last = kNone;
    }
  }
  for (std::uint32_t id = 0; id < transfers_.size(); ++id) {
    const Connection* way = transfers_[id].way;
    if (way == nullptr || !concerned(*way)) continue;
    clock_.cancel(transfers_[id].arrival);
    const Transfer transfer = release(id);
    if (recorder_ != nullptr) recorder_->dropped(id);
    transfer.listener->dropped(way->from, way->to, transfer.token);
  }
}

ModelledNetwork::Transfer ModelledNetwork::release(std::uint32_t id) {
  Transfer released = std::exchange(transfers_[id], {});
  transfers_[id].next = std::exchange(first_free_, id);
  return released;
}

Duration ModelledNetwork::draw_delay(Connection& way) {
  if (!way.has_jitter()) return {};
  if (!way.jitter->stream) {
    way.jitter->stream = std::make_unique<RandomEngine>(streams_.stream(
        "jitter", static_cast<std::uint64_t>(way.from), static_cast<std::uint64_t>(way.to)));
  }
  const JitterShape shape = topology_->links()[way.route.front()].jitter_shape;
  return draw_jitter(shape, way.jitter->most, *way.jitter->stream);
}

ModelledCollective& ModelledNetwork::collective(std::uint64_t number) {
  auto& collective = collectives_[number];
  if (!collective && spare_collective_) {
    collective = std::move(spare_collective_);
    collective->renew(number);
  }
  if (!collective) collective = std::make_unique<ModelledCollective>(*this, *members_, number);
  return *collective;
}

void ModelledNetwork::forget(std::uint64_t number) {
  const auto place = collectives_.find(number);
  spare_collective_ = std::move(place->second);
  collectives_.erase(place);
}

}  // namespace gradwire
