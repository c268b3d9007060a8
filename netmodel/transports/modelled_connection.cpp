#include "netmodel/transports/modelled_connection.hpp"

#include <algorithm>
#include <cmath>

#include "netmodel/tcp/loss_limit.hpp"
#include "netmodel/tcp/wire.hpp"

namespace gradwire {
namespace {

Duration transmission(std::int64_t bytes, BitsPerSecond rate) {
  return Duration(static_cast<std::int64_t>(__int128{bytes} * 8'000'000'000 / rate.count));
}

// What a packet loses at switches that have all of it before they send it on, beyond the time that
// the slowest link takes for it. A shaper with a bucket passes a packet at once.
Duration storing(std::span<const Link> links, const Route& route, std::int64_t bytes) {
  Duration sum{};
  Duration longest{};
  for (const LinkIndex link : route) {
    if (links[link].burst.count >= bytes) continue;
    const Duration time = transmission(bytes, links[link].rate);
    sum += time;
    longest = std::max(longest, time);
  }
  return sum - longest;
}

bool has_queues(std::span<const Link> links, const Route& route) {
  return std::any_of(route.begin() + 1, route.end(),
                     [links](LinkIndex link) { return links[link].queue.has_value(); });
}

// Software takes so long for a megabyte: no connection is faster.
MicroRate software_rate(const TransportModel& model) {
  if (model.cost_per_megabyte <= Duration{}) return kNoCap;
  const __int128 rate =
      __int128{8'000'000} * 1'000'000'000 * kMicro / model.cost_per_megabyte.count();
  return static_cast<MicroRate>(std::clamp<__int128>(rate, 1, kNoCap));
}

}  // namespace

BitsPerSecond slowest_of(std::span<const Link> links, const Route& route) {
  BitsPerSecond slowest = links[route.front()].rate;
  for (const LinkIndex link : route) slowest = std::min(slowest, links[link].rate);
  return slowest;
}

std::unique_ptr<ModelledConnection> ConnectionMaker::make(Rank from, Rank to) const {
  auto way = std::make_unique<ModelledConnection>();
  way->from = from;
  way->to = to;
  way->route = topology.route(from, to);
  if (model.carrier == Carrier::tcp) {
    way->more = std::make_unique<ModelledConnection::OverTcp>();
    way->more->back = topology.route(to, from);
  }
  if (!model.weights.empty()) way->weight = model.weights.at(static_cast<std::size_t>(from));
  if (model.carrier == Carrier::tcp) way->weight *= model.tcp.streams;
  update(*way);
  return way;
}

void ConnectionMaker::update(ModelledConnection& way) const {
  way.latency = latency_of(topology, way.route) + model.cost_per_message;
  const Duration jitter = jitter_of(topology, way.route);
  if (jitter > Duration{} && !way.jitter) {
    way.jitter = std::make_unique<ModelledConnection::Jitter>();
  }
  if (way.jitter) way.jitter->most = jitter;
  way.cap = software_rate(model);
  way.capped_by_loss = false;
  if (way.more) update_tcp(way, tcp_path(way));
}

Duration ConnectionMaker::storing_of_message(const ModelledConnection& way,
                                             std::int64_t bytes) const {
  return storing(topology.links(), way.route, std::min(bytes, model.packets().full_packet()));
}

TcpPath ConnectionMaker::tcp_path(const ModelledConnection& way) const {
  const std::span<const Link> links = topology.links();
  const Route& back = way.more->back;
  TcpPath path;
  path.rate = slowest_of(links, way.route);
  path.round_trip = latency_of(topology, way.route) + latency_of(topology, back) +
                    transmission(kTcpPackets.full_packet(), path.rate);
  if (model.store_and_forward) {
    path.round_trip += storing(links, way.route, kTcpPackets.full_packet());
    for (const LinkIndex link : back) {
      path.round_trip += transmission(kTcpPackets.overhead, links[link].rate);
    }
  }
  path.loss = loss_of(topology, way.route);
  path.has_queues = has_queues(links, way.route);
  return path;
}

void ConnectionMaker::update_tcp(ModelledConnection& way, const TcpPath& path) const {
  const TcpSettings& tcp = model.tcp;
  if (tcp.handshake) way.more->handshake = path.round_trip;
  way.more->round_trip = path.round_trip;
  way.more->full_rate = path.rate;
  if (tcp.window_limit) {
    const double window = 8.0 * static_cast<double>(wire_bytes(tcp.window_max()).count);
    const double rate = window * tcp.streams / to_seconds(path.round_trip);
    if (rate < static_cast<double>(path.rate.count)) way.more->full_rate = {std::llround(rate)};
  }
  const bool notices_loss = path.loss > 0.0 && tcp.congestion != CongestionControl::bbr;
  const bool draws = notices_loss && tcp.loss == LossModel::drawn;
  // A sender that draws its losses sends them again itself.
  way.more->resent = path.loss > 0.0 && !draws ? 1.0 / (1.0 - path.loss) : 1.0;
  if (notices_loss && !draws) {
    const LossyPath lossy{path.loss, path.round_trip, path.round_trip + tcp.timeout_min};
    const auto limit = loss_limit(tcp.loss, lossy);
    way.capped_by_loss = limit && limit->count * kMicro < way.cap;
    if (way.capped_by_loss) way.cap = limit->count * kMicro;
  }
  if (way.tcp) {
    way.tcp->set_path(path);
  } else {
    way.tcp = std::make_unique<TcpSender>(tcp, path);
  }
  if (draws && !way.tcp->draws_losses()) {
    way.tcp->draw_losses_from(std::make_unique<RandomEngine>(streams.stream(
        "loss", static_cast<std::uint64_t>(way.from), static_cast<std::uint64_t>(way.to))));
  }
  if (!way.over_tcp && way.tcp->never_matters()) way.tcp.reset();
}

}  // namespace gradwire
