#include "sim/runners/group_channel.hpp"

#include <fstream>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

using nlohmann::json;

constexpr Tag kControl{1};

json parsed(const Message& message) {
  const auto bytes = message.bytes();
  json value = json::parse(bytes.begin(), bytes.end(), nullptr, false);
  CHECK(!value.is_discarded(), "a control message of {} bytes is not JSON", bytes.size());
  return value;
}

Task<void> run_then_note(Task<void> task, bool& done) {
  co_await std::move(task);
  done = true;
}

}  // namespace

GroupChannel::GroupChannel(GroupNetwork& network) {
  GroupNetwork::Joining joining = network.control(context_.get_executor(), clock_);
  transport_ = std::move(joining.transport);
  TaskGroup tasks(context_.get_executor());
  bool joined = false;
  tasks.spawn(run_then_note(std::move(joining.joined), joined));
  drive([&] { return tasks.done(); });
  if (joined) return;
  transport_->abort();
  tasks.spawn(transport_->leave());
  drive([&] { return tasks.done(); });
  left_ = true;
  std::rethrow_exception(tasks.first_error());
}

GroupChannel::~GroupChannel() {
  if (!left_) {
    transport_->abort();
    TaskGroup tasks(context_.get_executor());
    tasks.spawn(transport_->leave());
    drive([&] { return tasks.done() && deliveries_.done(); });
  }
}

void GroupChannel::tell(Rank to, const json& message) {
  const std::string text = message.dump();
  deliveries_.spawn(deliver(to, Message::copy_of(std::as_bytes(std::span(text)))));
}

Task<void> GroupChannel::deliver(Rank to, Message message) {
  try {
    co_await transport_->send(to, kControl, std::move(message));
  } catch (const PeerLost&) {
    // Whoever waits for that rank learns of it.
  }
}

Task<json> GroupChannel::hear(Rank from) {
  const Received received = co_await transport_->receive(from, kControl);
  co_return parsed(received.message);
}

Task<std::optional<json>> GroupChannel::hear_until(Rank from, TimePoint deadline) {
  const auto received = co_await receive_until(*transport_, clock_, from, kControl, deadline);
  if (!received) co_return std::nullopt;
  co_return parsed(received->message);
}

Task<void> GroupChannel::leave() {
  co_await deliveries_.join();
  co_await transport_->leave();
  left_ = true;
}

std::string machine_identity() {
  std::string identity;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id") >> std::ws, identity);
  return identity;
}

}  // namespace gradwire
