#include "netmodel/transports/link_shaper.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "netmodel/check.hpp"
#include "netmodel/tcp/acknowledgements.hpp"
#include "netmodel/tcp/wire.hpp"

namespace gradwire {
namespace {

// A slice takes about this long on the slowest link of its way: short against any message that is
// worth measuring, long against a timer's lateness.
constexpr Duration kSliceTime = std::chrono::microseconds(500);
constexpr std::int64_t kMaxSegmentsPerSlice = 45;  // 64 KiB, what one system call moves well
// Slices of one flow that may wait at a link, or be on their way to it, before the link ahead of it
// turns to other flows.
constexpr std::size_t kWindow = 4;

Duration service_time(Bytes wire, BitsPerSecond rate) {
  const __int128 bits = static_cast<__int128>(wire.count) * 8 * 1'000'000'000;
  return Duration(static_cast<std::int64_t>((bits + rate.count - 1) / rate.count));
}

Bytes slice_payload(const Topology& topology, const Route& route) {
  std::int64_t slowest = topology.links()[route.front()].rate.count;
  for (const LinkIndex link : route) {
    slowest = std::min(slowest, topology.links()[link].rate.count);
  }
  const double bytes = static_cast<double>(slowest) / 8.0 * to_seconds(kSliceTime);
  const auto segments =
      static_cast<std::int64_t>(bytes / static_cast<double>(kTcpPackets.full_packet()));
  return {kTcpPackets.payload * std::clamp<std::int64_t>(segments, 1, kMaxSegmentsPerSlice)};
}

}  // namespace

LinkShaper::LinkShaper(const boost::asio::any_io_executor& executor, const SteadyClock& clock,
                       std::shared_ptr<const Topology> topology, bool acknowledgements)
    : clock_(clock),
      topology_(std::move(topology)),
      acknowledgements_(acknowledgements),
      timer_(executor) {
  for (LinkIndex id = 0; id < topology_->links().size(); ++id) {
    const Link& link = topology_->links()[id];
    if (link.loss > 0.0 || link.jitter > Duration{}) {
      throw UnsupportedLink(
          fmt::format("link {} has {}: the built-in shaper emulates rate and latency only",
                      topology_->link_name(id), link.loss > 0.0 ? "loss" : "jitter"));
    }
  }
  links_.resize(topology_->links().size());
}

void LinkShaper::transmit(Rank from, Rank to, Bytes size, std::function<void(Bytes)> arrived,
                          std::function<void()> left) {
  CHECK(size > Bytes{}, "an empty frame");
  Flow& way = flow(from, to);
  const TimePoint now = clock_.now();
  way.transfers.push_back(
      std::make_shared<Transfer>(Transfer{size, now, std::move(arrived), std::move(left)}));
  serve_next(way.route.front(), now);
  arm_timer();
}

LinkShaper::Flow& LinkShaper::flow(Rank from, Rank to) {
  auto& flow = flows_[static_cast<std::uint64_t>(from) << 32 | static_cast<std::uint32_t>(to)];
  if (!flow) {
    flow = std::make_unique<Flow>();
    flow->route = topology_->route(from, to);
    if (acknowledgements_) flow->back = topology_->route(to, from);
    flow->latency = latency_of(*topology_, flow->route);
    flow->slice = slice_payload(*topology_, flow->route);
    flow->hops.resize(flow->route.size());
    for (std::size_t hop = 0; hop < flow->route.size(); ++hop) {
      links_[flow->route[hop]].stages.push_back({flow.get(), hop});
    }
  }
  return *flow;
}

bool LinkShaper::can_serve(const Stage& stage) {
  const Flow& flow = *stage.flow;
  const bool has_data =
      stage.hop == 0 ? !flow.transfers.empty() : !flow.hops[stage.hop].waiting.empty();
  if (!has_data) return false;
  if (stage.hop + 1 == flow.route.size()) return true;
  const Hop& next = flow.hops[stage.hop + 1];
  return next.waiting.size() + static_cast<std::size_t>(next.coming) < kWindow;
}

LinkShaper::Slice LinkShaper::take(const Stage& stage) {
  Flow& flow = *stage.flow;
  Slice slice;
  if (stage.hop > 0) {
    slice = std::move(flow.hops[stage.hop].waiting.front());
    flow.hops[stage.hop].waiting.pop_front();
  } else {
    const std::shared_ptr<Transfer> transfer = flow.transfers.front();
    slice.payload = std::min(flow.slice, transfer->uncut);
    slice.head = slice.tail = transfer->submitted;
    slice.transfer = transfer;
    transfer->uncut = transfer->uncut - slice.payload;
    slice.last = transfer->uncut == Bytes{};
    if (slice.last) flow.transfers.pop_front();
  }
  if (stage.hop + 1 < flow.route.size()) ++flow.hops[stage.hop + 1].coming;
  return slice;
}

void LinkShaper::serve_next(LinkIndex link, TimePoint now) {
  LinkState& state = links_[link];
  if (state.serving) return;
  for (std::size_t tried = 0; tried < state.stages.size(); ++tried) {
    const Stage stage = state.stages[state.next_turn];
    state.next_turn = (state.next_turn + 1) % state.stages.size();
    if (!can_serve(stage)) continue;
    state.slice = take(stage);
    state.stage = stage;
    state.serving = true;
    // A slice that has just arrived may have begun before its last bit was here; one that had to
    // wait begins now.
    const TimePoint ready = state.slice.tail < now ? now : state.slice.head;
    const TimePoint begin = std::max(state.free_at, ready);
    const Bytes wire = wire_bytes(state.slice.payload);
    const Duration service =
        service_time(wire + due_acknowledgements(link, begin), topology_->links()[link].rate);
    state.carried += wire;
    state.busy += service;
    state.free_at = std::max(begin + service, state.slice.tail);
    state.slice.head = begin;
    state.slice.tail = state.free_at;
    add_event(
        state.free_at,
        [](void* shaper, std::uint64_t which) {
          auto& self = *static_cast<LinkShaper*>(shaper);
          self.finish_slice(static_cast<LinkIndex>(which), self.event_time_);
        },
        link);
    // There is room again for what the link before it holds.
    if (stage.hop > 0) serve_next(stage.flow->route[stage.hop - 1], now);
    return;
  }
}

// Those that wait for the link, unless they had time to cross it while nothing else did.
Bytes LinkShaper::due_acknowledgements(LinkIndex link, TimePoint begin) {
  LinkState& state = links_[link];
  const double idle = std::max(0.0, to_seconds(begin - state.free_at));
  const double crossed = idle * static_cast<double>(topology_->links()[link].rate.count) / 8.0;
  const double due = std::max(0.0, std::exchange(state.acknowledgements, 0.0) - crossed);
  return {std::llround(due)};
}

void LinkShaper::finish_slice(LinkIndex link, TimePoint now) {
  LinkState& state = links_[link];
  state.serving = false;
  const Stage stage = state.stage;
  Slice slice = std::move(state.slice);
  if (stage.hop == 0 && slice.last) slice.transfer->left();
  Flow& flow = *stage.flow;
  if (stage.hop + 1 < flow.route.size()) {
    Hop& next = flow.hops[stage.hop + 1];
    --next.coming;
    next.waiting.push_back(std::move(slice));
    serve_next(flow.route[stage.hop + 1], now);
  } else {
    const double received = static_cast<double>(wire_bytes(slice.payload).count);
    for (const LinkIndex back : flow.back) {
      links_[back].acknowledgements += kAcknowledged * received;
    }
    const std::uint64_t delivery = next_delivery_++;
    deliveries_.emplace(delivery, std::move(slice));
    add_event(
        now + flow.latency,
        [](void* shaper, std::uint64_t which) { static_cast<LinkShaper*>(shaper)->deliver(which); },
        delivery);
  }
  serve_next(link, now);
}

void LinkShaper::deliver(std::uint64_t delivery) {
  const auto place = deliveries_.find(delivery);
  const Slice slice = std::move(place->second);
  deliveries_.erase(place);
  const Duration late = clock_.now() - event_time_;
  ++lateness_.events;
  lateness_.total += late;
  lateness_.worst = std::max(lateness_.worst, late);
  slice.transfer->arrived(slice.payload);
}

void LinkShaper::add_event(TimePoint when, void (*call)(void*, std::uint64_t),
                           std::uint64_t argument) {
  events_.add(when, {call, this, argument});
}

void LinkShaper::arm_timer() {
  const auto next = events_.next_time();
  if (!next || (armed_for_ && *armed_for_ <= *next)) return;
  armed_for_ = next;
  timer_.expires_at(clock_.on_machine(*next));
  // The handler of a timer that has expired runs even when the timer is gone by then.
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
    if (error || alive.expired()) return;  // re-armed for an earlier event, or the end
    armed_for_.reset();
    run_due_events();
    arm_timer();
  });
}

void LinkShaper::run_due_events() {
  for (auto next = events_.next_time(); next && *next <= clock_.now(); next = events_.next_time()) {
    event_time_ = *next;
    events_.pop()();
  }
}

std::vector<LinkTraffic> LinkShaper::usage() const {
  std::vector<LinkTraffic> usage;
  usage.reserve(links_.size());
  for (LinkIndex id = 0; id < links_.size(); ++id) {
    usage.push_back({topology_->link_name(id), topology_->links()[id].rate, links_[id].carried,
                     links_[id].busy});
  }
  return usage;
}

}  // namespace gradwire
