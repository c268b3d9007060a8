#include "netmodel/transports/modelled_endpoint.hpp"

#include "netmodel/check.hpp"
#include "netmodel/transports/modelled_collective.hpp"

namespace gradwire {

ModelledEndpoint::ModelledEndpoint(ModelledNetwork& network, Rank rank)
    : Transport(network.clock()), network_(network), rank_(rank) {}

ModelledEndpoint::Letters& ModelledEndpoint::letters() {
  if (!letters_) letters_ = std::make_unique<Letters>(rank_, size());
  return *letters_;
}

Task<void> ModelledEndpoint::send(Rank to, Tag tag, Message message) {
  CHECK(to != rank_ && to >= 0 && to < size(), "rank {} sends to {} of {}", rank_, to, size());
  throw_if_lost(to);
  count_sent({message.size(), 1});
  const std::uint64_t token = letters().next_token++;
  Parking parking;
  letters().sending.emplace(token, Sending{tag, &parking});
  network_.transfer(rank_, to, token, std::move(message), *this);
  try {
    co_await parking.wait();
  } catch (const boost::system::system_error&) {
    auto& sending = letters().sending;
    if (const auto place = sending.find(token); place != sending.end()) {
      place->second.sender = nullptr;
    }
    throw;
  }
  throw_if_lost(to);
}

Task<Received> ModelledEndpoint::receive(Source from, Tag tag) {
  return letters().mailbox.receive(from, tag);
}

Task<PhaseTimes> ModelledEndpoint::execute(const Schedule& schedule, Buffers buffers,
                                           Reducer& reducer) {
  return network_.collective(begin_collective(schedule, buffers))
      .take_part(*this, schedule, buffers, reducer);
}

void ModelledEndpoint::execute(const Schedule& schedule, Reducer& reducer,
                               CollectiveListener& listener) {
  network_.collective(begin_collective(schedule, {})).take_part(*this, schedule, reducer, listener);
}

void ModelledEndpoint::lose(Rank peer, const std::string& fate) {
  if (peer == rank_) {
    lost_ = true;
    for (Rank other = 0; other < size(); ++other) {
      if (other != rank_) letters().mailbox.lose(other, "this host " + fate);
    }
  } else {
    letters().mailbox.lose(peer, "the host " + fate);
  }
}

void ModelledEndpoint::drained(Rank /*from*/, Rank /*to*/, std::uint64_t token) {
  Sending& sending = letters().sending.at(token);
  if (sending.sender != nullptr) sending.sender->wake();
  sending.sender = nullptr;
}

void ModelledEndpoint::dropped(Rank /*from*/, Rank /*to*/, std::uint64_t token) {
  auto& sending = letters().sending;
  const auto place = sending.find(token);
  if (place->second.sender != nullptr) place->second.sender->wake();
  sending.erase(place);
}

void ModelledEndpoint::delivered(Rank from, Rank to, std::uint64_t token, Message message) {
  const Tag tag = letters().sending.at(token).tag;
  letters().sending.erase(token);
  static_cast<ModelledEndpoint&>(network_.endpoint(to))
      .letters()
      .mailbox.deliver(from, tag, std::move(message));
}

void ModelledEndpoint::throw_if_lost(Rank peer) const {
  if (lost_) throw PeerLost(rank_, peer, "this host " + network_.fate_of(rank_));
  if (!network_.is_connected(peer))
    throw PeerLost(rank_, peer, "the host " + network_.fate_of(peer));
}

}  // namespace gradwire
