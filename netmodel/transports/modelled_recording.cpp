// What holds back the messages of the modelled network, for whoever keeps records of them.
#include <algorithm>

#include "netmodel/transports/modelled_network.hpp"

namespace gradwire {

void ModelledNetwork::record(FlowRecorder* recorder) {
  recorder_ = recorder;
  engine_.watch({});
  if (recorder == nullptr) return;
  engine_.watch({[](void* target, FlowId flow) {
                   auto& network = *static_cast<ModelledNetwork*>(target);
                   const auto owner = network.recorder_->owner(flow);
                   if (!owner) return;
                   const Connection& way = *network.transfers_[*owner].way;
                   network.recorder_->held(*owner, network.limit_of(way), network.clock_.now());
                 },
                 this});
}

// Before its first bit leaves.
FlowLimit ModelledNetwork::limit_before(const Connection& way) const {
  const bool connects = !way.opened && way.more && way.more->handshake > Duration{};
  return {connects ? FlowLimit::Kind::ramp : FlowLimit::Kind::software, 0};
}

// While it flows.
FlowLimit ModelledNetwork::limit_of(const Connection& way) const {
  if (divides(way.from, way.to)) return {FlowLimit::Kind::partition, 0};
  if (const auto link = engine_.limiter(way.flow)) return {FlowLimit::Kind::link, *link};
  if (way.cap_now() < way.cap) return {FlowLimit::Kind::window, 0};
  return {way.capped_by_loss ? FlowLimit::Kind::loss : FlowLimit::Kind::software, 0};
}

FlowLimit ModelledNetwork::limit_of_wait(const TcpSender& sender) {
  switch (sender.reason()) {
    case TcpSender::Reason::growth:
      return {FlowLimit::Kind::ramp, 0};
    case TcpSender::Reason::window:
      return {FlowLimit::Kind::window, 0};
    case TcpSender::Reason::loss:
      break;
  }
  return {FlowLimit::Kind::loss, 0};
}

// A flow begins, or what it could not pass has changed. What holds it back is known when all of
// this instant has been solved; until then, and if it does not move at all, it is the partition,
// the first link that is cut, or the slowest.
void ModelledNetwork::note_flow(std::uint32_t id) {
  const Connection& way = *transfers_[id].way;
  recorder_->flows_as(id, way.flow, clock_.now());
  if (divides(way.from, way.to)) {
    recorder_->held(id, {FlowLimit::Kind::partition, 0}, clock_.now());
    return;
  }
  LinkIndex slowest = way.route.front();
  for (const LinkIndex link : way.route) {
    if (engine_.capacity(link) < engine_.capacity(slowest)) slowest = link;
  }
  recorder_->held(id, {FlowLimit::Kind::link, slowest}, clock_.now());
}

// Of flows that stand still the solver has nothing new to tell, whatever they stand still for.
void ModelledNetwork::note_flows() {
  for (const auto& ways : connections_) {
    for (const auto& way : ways) {
      if (!way->flowing) continue;
      const bool is_cut = std::ranges::any_of(
          way->route, [this](LinkIndex link) { return engine_.capacity(link) == 0; });
      if (is_cut || engine_.rate(way->flow) == 0) note_flow(way->first);
    }
  }
}

}  // namespace gradwire
