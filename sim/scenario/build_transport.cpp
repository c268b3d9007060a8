#include "sim/scenario/build_transport.hpp"

namespace gradwire {
namespace {

bool is_on(const PointSettings& settings, std::string_view key) {
  return settings.get<std::string>(key) == "on";
}

TcpSettings tcp_of(const PointSettings& settings) {
  TcpSettings tcp;
  tcp.congestion = settings.choice<CongestionControl>("network.tcp.congestion",
                                                      {{"cubic", CongestionControl::cubic},
                                                       {"reno", CongestionControl::reno},
                                                       {"bbr", CongestionControl::bbr}});
  tcp.loss = settings.choice<LossModel>("network.tcp.loss", {{"drawn", LossModel::drawn},
                                                             {"mathis", LossModel::mathis},
                                                             {"pftk", LossModel::pftk},
                                                             {"cubic", LossModel::cubic}});
  tcp.initial_window = settings.integer("network.tcp.initial_window");
  tcp.send_buffer = settings.get<Bytes>("network.tcp.send_buffer");
  tcp.receive_buffer = settings.get<Bytes>("network.tcp.receive_buffer");
  tcp.streams = settings.integer("network.tcp.streams");
  tcp.timeout_min = settings.get<Duration>("network.tcp.timeout_min");
  tcp.slow_start = is_on(settings, "network.tcp.slow_start");
  tcp.hystart = is_on(settings, "network.tcp.hystart");
  tcp.idle_restart = is_on(settings, "network.tcp.idle_restart");
  tcp.tail_loss_probe = is_on(settings, "network.tcp.tail_loss_probe");
  tcp.rack = is_on(settings, "network.tcp.rack");
  tcp.window_limit = is_on(settings, "network.tcp.window_limit");
  tcp.acknowledgements = is_on(settings, "network.tcp.acknowledgements");
  tcp.handshake = is_on(settings, "network.tcp.handshake");
  return tcp;
}

}  // namespace

TransportModel build_transport(const PointSettings& settings) {
  TransportModel model;
  model.carrier = settings.choice<Carrier>(
      "network.transport",
      {{"tcp", Carrier::tcp}, {"rdma", Carrier::rdma}, {"fluid", Carrier::fluid}});
  if (model.carrier == Carrier::tcp) model.tcp = tcp_of(settings);
  model.store_and_forward = settings.get<std::string>("network.switching") == "store-and-forward";
  model.cost_per_message = settings.get<Duration>("network.software.per_message");
  model.cost_per_megabyte = settings.get<Duration>("network.software.per_megabyte");
  return model;
}

}  // namespace gradwire
