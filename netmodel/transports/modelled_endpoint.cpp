#include "netmodel/transports/modelled_endpoint.hpp"

#include "netmodel/check.hpp"
#include "netmodel/transports/modelled_collective.hpp"

namespace gradwire {

ModelledEndpoint::ModelledEndpoint(ModelledNetwork& network, Rank rank)
    : Transport(network.clock()), network_(network), rank_(rank), mailbox_(rank, network.size()) {}

Task<void> ModelledEndpoint::send(Rank to, Tag tag, Message message) {
  CHECK(to != rank_ && to >= 0 && to < size(), "rank {} sends to {} of {}", rank_, to, size());
  throw_if_lost(to);
  count_sent(message.size());
  const std::uint64_t token = next_token_++;
  Parking parking;
  sending_.emplace(token, Sending{tag, &parking});
  network_.transfer(rank_, to, token, std::move(message), *this);
  try {
    co_await parking.wait();
  } catch (const boost::system::system_error&) {
    if (const auto place = sending_.find(token); place != sending_.end()) {
      place->second.sender = nullptr;
    }
    throw;
  }
  throw_if_lost(to);
}

Task<Received> ModelledEndpoint::receive(Source from, Tag tag) {
  return mailbox_.receive(from, tag);
}

Task<PhaseTimes> ModelledEndpoint::execute(const Schedule& schedule, Buffers buffers,
                                           Reducer& reducer) {
  CHECK(schedule.ranks() == size(), "schedule for {} ranks, transport of {}", schedule.ranks(),
        size());
  CHECK(buffers.is_timing_only() ||
            static_cast<std::int64_t>(buffers.values.size()) == schedule.elements(),
        "buffer of {}, schedule of {} elements", buffers.values.size(), schedule.elements());
  return network_.collective(collectives_++).take_part(*this, schedule, buffers, reducer);
}

void ModelledEndpoint::lose(Rank peer, const std::string& fate) {
  if (peer == rank_) {
    lost_ = true;
    for (Rank other = 0; other < size(); ++other) {
      if (other != rank_) mailbox_.lose(other, "this host " + fate);
    }
  } else {
    mailbox_.lose(peer, "the host " + fate);
  }
}

void ModelledEndpoint::count_sent(Bytes size) {
  sent_.bytes += size;
  ++sent_.messages;
}

void ModelledEndpoint::drained(Rank /*from*/, Rank /*to*/, std::uint64_t token) {
  Sending& sending = sending_.at(token);
  if (sending.sender != nullptr) sending.sender->wake();
  sending.sender = nullptr;
}

void ModelledEndpoint::dropped(Rank /*from*/, Rank /*to*/, std::uint64_t token) {
  const auto place = sending_.find(token);
  if (place->second.sender != nullptr) place->second.sender->wake();
  sending_.erase(place);
}

void ModelledEndpoint::delivered(Rank from, Rank to, std::uint64_t token, Message message) {
  const Tag tag = sending_.at(token).tag;
  sending_.erase(token);
  static_cast<ModelledEndpoint&>(network_.endpoint(to))
      .mailbox_.deliver(from, tag, std::move(message));
}

void ModelledEndpoint::throw_if_lost(Rank peer) const {
  if (lost_) throw PeerLost(rank_, peer, "this host " + network_.fate_of(rank_));
  if (!network_.is_connected(peer))
    throw PeerLost(rank_, peer, "the host " + network_.fate_of(peer));
}

}  // namespace gradwire
