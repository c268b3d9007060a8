#include "netmodel/transports/flow_record.hpp"

#include <algorithm>
#include <utility>

namespace gradwire {

BitsPerSecond FlowRecord::mean_rate() const {
  const std::int64_t taken = std::max<std::int64_t>(1, (left - turn).count());
  return {static_cast<std::int64_t>(__int128{size.count} * 8'000'000'000 / taken)};
}

Duration FlowRecord::held_by(const FlowLimit& limit) const {
  Duration sum{};
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases[i].limit != limit) continue;
    sum += (i + 1 < phases.size() ? phases[i + 1].since : left) - phases[i].since;
  }
  return sum;
}

FlowLimit FlowRecord::limit() const {
  FlowLimit longest = phases.front().limit;
  for (const Phase& phase : phases) {
    if (held_by(phase.limit) > held_by(longest)) longest = phase.limit;
  }
  return longest;
}

FlowRecorder::Open* FlowRecorder::find(std::uint32_t transfer) {
  if (transfer >= open_.size() || !open_[transfer].known) return nullptr;
  return &open_[transfer];
}

void FlowRecorder::handed(std::uint32_t transfer, Rank from, Rank to, TimePoint now) {
  if (transfer >= open_.size()) open_.resize(transfer + 1);
  Open& open = open_[transfer] = {};
  open.known = true;
  open.record.from = from;
  open.record.to = to;
  open.record.handed = now;
}

void FlowRecorder::turn(std::uint32_t transfer, FlowLimit limit, TimePoint now) {
  Open* const open = find(transfer);
  if (open == nullptr) return;
  open->record.turn = now;
  open->record.phases.push_back({limit, now});
}

void FlowRecorder::sized(std::uint32_t transfer, Bytes size, Duration latency) {
  Open* const open = find(transfer);
  if (open == nullptr) return;
  open->record.size = size;
  open->record.latency = latency;
}

void FlowRecorder::held(std::uint32_t transfer, FlowLimit limit, TimePoint since) {
  Open* const open = find(transfer);
  if (open == nullptr) return;
  auto& phases = open->record.phases;
  since = std::max(since, open->record.turn);
  while (!phases.empty() && phases.back().since >= since) phases.pop_back();
  if (phases.empty() || phases.back().limit != limit) phases.push_back({limit, since});
}

void FlowRecorder::flows_as(std::uint32_t transfer, FlowId flow, TimePoint now) {
  if (flow >= owners_.size()) owners_.resize(flow + 1);
  owners_[flow] = transfer;
  Open* const open = find(transfer);
  if (open != nullptr && !std::exchange(open->flowing, true)) open->record.first_bit = now;
}

void FlowRecorder::flow_over(FlowId flow) {
  if (flow < owners_.size()) owners_[flow].reset();
}

std::optional<std::uint32_t> FlowRecorder::owner(FlowId flow) const {
  return flow < owners_.size() ? owners_[flow] : std::nullopt;
}

void FlowRecorder::left(std::uint32_t transfer, TimePoint now) {
  if (Open* const open = find(transfer)) open->record.left = now;
}

void FlowRecorder::arrived(std::uint32_t transfer, TimePoint now) {
  Open* const open = find(transfer);
  if (open == nullptr) return;
  open->record.arrived = now;
  flows_.push_back(std::move(open->record));
  open->known = false;
}

void FlowRecorder::dropped(std::uint32_t transfer) {
  if (Open* const open = find(transfer)) open->known = false;
}

}  // namespace gradwire
