#include "netmodel/transports/modelled_network.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/random/uniform_int_distribution.hpp>

#include "netmodel/check.hpp"
#include "netmodel/frame.hpp"
#include "netmodel/tcp_model.hpp"
#include "netmodel/transports/modelled_collective.hpp"
#include "netmodel/transports/modelled_endpoint.hpp"

namespace gradwire {

ModelledNetwork::ModelledNetwork(VirtualClock& clock, std::shared_ptr<const Topology> topology,
                                 RandomStreams streams)
    : clock_(clock), topology_(std::move(topology)), streams_(streams), engine_(clock) {
  connections_.resize(static_cast<std::size_t>(topology_->hosts()));
  for (const Link& link : topology_->links()) {
    resources_.push_back(engine_.add_resource(link.rate.count));
  }
  for (Rank rank = 0; rank < topology_->hosts(); ++rank) {
    endpoints_.push_back(std::make_unique<ModelledEndpoint>(*this, rank));
  }
}

ModelledNetwork::~ModelledNetwork() {
  for (const Transfer& transfer : transfers_) clock_.cancel(transfer.arrival);
}

Transport& ModelledNetwork::endpoint(Rank rank) {
  return *endpoints_.at(static_cast<std::size_t>(rank));
}

void ModelledNetwork::disconnect(Rank rank) {
  first_lost_ = std::min(rank, first_lost_.value_or(rank));
  vanished_.emplace(rank, clock_.now());
  for (const auto& endpoint : endpoints_) endpoint->lose(rank, fate_of(rank));
  drop_transfers_of(rank);
  for (const auto& [number, collective] : collectives_) collective->lose(rank);
}

bool ModelledNetwork::is_connected(Rank rank) const {
  return !endpoints_[static_cast<std::size_t>(rank)]->is_lost();
}

std::string ModelledNetwork::fate_of(Rank rank) const {
  return fmt::format("vanished from the network at {}",
                     to_string(vanished_.at(rank).time_since_epoch()));
}

std::string ModelledNetwork::waiting() const {
  std::string text;
  for (const auto& endpoint : endpoints_) {
    const std::string waits = endpoint->waiting();
    if (!waits.empty()) text += fmt::format("rank {} waits for {}\n", endpoint->rank(), waits);
  }
  for (const auto& [number, collective] : collectives_) text += collective->waiting();
  return text;
}

std::vector<LinkTraffic> ModelledNetwork::usage() const {
  std::vector<LinkTraffic> usage;
  for (std::size_t i = 0; i < resources_.size(); ++i) {
    const Link& link = topology_->links()[i];
    const ResourceUsage used = engine_.usage(resources_[i]);
    usage.push_back({link.name, link.rate, Bytes{used.units / 8}, used.busy});
  }
  return usage;
}

ModelledNetwork::Connection& ModelledNetwork::connection(Rank from, Rank to) {
  auto& ways = connections_[static_cast<std::size_t>(from)];
  const auto place = std::lower_bound(ways.begin(), ways.end(), to,
                                      [](const auto& way, Rank rank) { return way->to < rank; });
  if (place != ways.end() && (*place)->to == to) return **place;
  return **ways.insert(place, make_connection(from, to));
}

std::unique_ptr<ModelledNetwork::Connection> ModelledNetwork::make_connection(Rank from,
                                                                              Rank to) const {
  auto way = std::make_unique<Connection>();
  const Route route = topology_->route(from, to);
  way->from = from;
  way->to = to;
  for (const LinkIndex link : route) way->route.push_back(resources_[link]);
  update_path(*way, route);
  return way;
}

void ModelledNetwork::update_path(Connection& way, const Route& route) const {
  way.latency = latency_of(*topology_, route);
  way.jitter = jitter_of(*topology_, route);
  // Acknowledgements are taken to come back over a path as long as this one.
  const auto limit = loss_limit(loss_of(*topology_, route), 2 * way.latency);
  way.cap = limit ? limit->count * kMicro : kNoCap;
}

void ModelledNetwork::transfer(Rank from, Rank to, std::uint64_t token, Message message,
                               TransferListener& listener) {
  std::uint32_t id = 0;
  if (free_transfers_.empty()) {
    id = static_cast<std::uint32_t>(transfers_.size());
    transfers_.emplace_back();
  } else {
    id = free_transfers_.back();
    free_transfers_.pop_back();
  }
  Connection& way = connection(from, to);
  transfers_[id] = {&way, &listener, token, std::move(message), {}, kNone};
  if (way.first == kNone) {
    way.first = way.last = id;
    start(id);
  } else {
    transfers_[way.last].next = id;
    way.last = id;
  }
}

void ModelledNetwork::start(std::uint32_t id) {
  const Transfer& transfer = transfers_[id];
  Connection& way = *transfer.way;
  const Bytes frame = transfer.message.size() + Bytes{kFrameHeaderBytes};
  way.flow = engine_.start(
      way.route, wire_bytes(frame).count * 8, way.cap,
      {[](void* network, std::uint64_t which) {
         static_cast<ModelledNetwork*>(network)->drained(static_cast<std::uint32_t>(which));
       },
       this, id});
  if (divides(way.from, way.to)) engine_.hold(way.flow);
}

void ModelledNetwork::pop_front(Connection& way) {
  way.first = transfers_[way.first].next;
  if (way.first == kNone) {
    way.last = kNone;
  } else {
    start(way.first);
  }
}

void ModelledNetwork::drained(std::uint32_t id) {
  Transfer& transfer = transfers_[id];
  Connection& way = *transfer.way;
  way.last_arrival = std::max(way.last_arrival, clock_.now() + way.latency + draw_jitter(way));
  transfer.arrival = clock_.at(way.last_arrival, {[](void* network, std::uint64_t which) {
                                                    static_cast<ModelledNetwork*>(network)->arrived(
                                                        static_cast<std::uint32_t>(which));
                                                  },
                                                  this, id});
  pop_front(way);
  transfer.listener->drained(way.from, way.to, transfer.token);
}

void ModelledNetwork::arrived(std::uint32_t id) {
  Transfer transfer = release(id);
  ++delivered_;
  transfer.listener->delivered(transfer.way->from, transfer.way->to, transfer.token,
                               std::move(transfer.message));
}

void ModelledNetwork::drop_transfers_of(Rank rank) {
  const auto concerned = [rank](const Connection& way) {
    return way.from == rank || way.to == rank;
  };
  for (auto& ways : connections_) {
    for (auto& way : ways) {
      if (way->first == kNone || !concerned(*way)) continue;
      engine_.cancel(way->flow);
      way->first = way->last = kNone;
    }
  }
  for (std::uint32_t id = 0; id < transfers_.size(); ++id) {
    const Connection* way = transfers_[id].way;
    if (way == nullptr || !concerned(*way)) continue;
    clock_.cancel(transfers_[id].arrival);
    const Transfer transfer = release(id);
    transfer.listener->dropped(way->from, way->to, transfer.token);
  }
}

ModelledNetwork::Transfer ModelledNetwork::release(std::uint32_t id) {
  free_transfers_.push_back(id);
  return std::exchange(transfers_[id], {});
}

Duration ModelledNetwork::draw_jitter(Connection& way) {
  if (way.jitter == Duration{}) return {};
  if (!way.jitter_stream) {
    way.jitter_stream = std::make_unique<RandomEngine>(streams_.stream(
        "jitter", static_cast<std::uint64_t>(way.from), static_cast<std::uint64_t>(way.to)));
  }
  boost::random::uniform_int_distribution<std::int64_t> delay(0, way.jitter.count());
  return Duration(delay(*way.jitter_stream));
}

ModelledCollective& ModelledNetwork::collective(std::uint64_t number) {
  auto& collective = collectives_[number];
  if (!collective) collective = std::make_unique<ModelledCollective>(*this, number);
  return *collective;
}

void ModelledNetwork::forget(std::uint64_t number) { collectives_.erase(number); }

}  // namespace gradwire
