// The peer's side of bench/peers/ns3.sh: TCP flows of ns-3 over a dumbbell. Cases and results as in
// bench/flow_times.cpp. Connections are open before the clock starts.
//
// ns-3's point-to-point frames have 2 bytes of header where Ethernet has 14: 1502 bytes for a full
// segment, so rates are those of the case times 1502 / 1514. Its CUBIC and Reno grow in slow start
// by acknowledgements, Linux's by what is acknowledged (RFC 3465): every segment is acknowledged,
// which makes both the same. HyStart and the least retransmission timeout are as in Linux, except
// that ns-3 looks for a train of acknowledgements before it begins a new round: on a path shorter
// than the spacing allowed within a train, all rounds look like one. So the spacing is at most a
// quarter of the round trip.
#include <ns3/core-module.h>
#include <ns3/internet-module.h>
#include <ns3/network-module.h>
#include <ns3/point-to-point-module.h>
#include <ns3/traffic-control-module.h>

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

using namespace ns3;

namespace {

struct Case {
  std::string shape;
  int64_t rate = 0;
  int64_t round_trip = 0;  // ns
  double loss = 0.0;
  int64_t queue = 0;  // bytes
  int flows = 1;
  int64_t bytes = 0;
  int seeds = 1;
};

constexpr int64_t kWindow = 3 << 20;
const Time kStart = Seconds(10);  // when all connections are open

struct Flow {
  Ptr<Socket> sender;
  int64_t unsent = 0;
  int64_t unreceived = 0;
};

Time last_end;

void fill(Flow* flow) {
  while (flow->unsent > 0 && flow->sender->GetTxAvailable() > 0) {
    const auto size = static_cast<uint32_t>(
        std::min<int64_t>(flow->unsent, std::min<int64_t>(flow->sender->GetTxAvailable(), 65536)));
    const int sent = flow->sender->Send(Create<Packet>(size));
    if (sent <= 0) return;
    flow->unsent -= sent;
  }
}

void receive(Flow* flow, Ptr<Socket> socket) {
  while (const Ptr<Packet> packet = socket->Recv()) flow->unreceived -= packet->GetSize();
  if (flow->unreceived <= 0) last_end = Simulator::Now();
}

void set_defaults(const Case& c, const std::string& control) {
  Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue("ns3::" + control));
  Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
  Config::SetDefault("ns3::TcpSocket::InitialCwnd", UintegerValue(10));
  Config::SetDefault("ns3::TcpSocket::DelAckCount", UintegerValue(1));
  Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(kWindow));
  Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(kWindow));
  Config::SetDefault("ns3::TcpSocketBase::MinRto", TimeValue(MilliSeconds(200)));
  Config::SetDefault("ns3::TcpSocketBase::ClockGranularity", TimeValue(MilliSeconds(1)));
  Config::SetDefault("ns3::TcpCubic::HyStartDelayMax", TimeValue(MilliSeconds(16)));
  Config::SetDefault("ns3::TcpCubic::HyStartAckDelta",
                     TimeValue(NanoSeconds(std::min<int64_t>(2'000'000, c.round_trip / 4))));
  Config::SetDefault(
      "ns3::DropTailQueue<Packet>::MaxSize",
      QueueSizeValue(QueueSize(QueueSizeUnit::BYTES, static_cast<uint32_t>(c.queue))));
}

double run(const Case& c, uint32_t seed) {
  RngSeedManager::SetRun(seed);
  NodeContainer left(c.flows), right(c.flows), routers(2);
  InternetStackHelper stack;
  for (const auto& nodes : {left, right, routers}) stack.Install(nodes);
  const auto rate = static_cast<uint64_t>(static_cast<double>(c.rate) * 1502.0 / 1514.0);
  PointToPointHelper access;
  access.SetDeviceAttribute("DataRate", DataRateValue(DataRate(10 * rate)));
  access.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue("100000000B"));
  PointToPointHelper middle;
  middle.SetDeviceAttribute("DataRate", DataRateValue(DataRate(rate)));
  middle.SetChannelAttribute("Delay", TimeValue(NanoSeconds(c.round_trip / 2)));
  middle.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue(std::to_string(c.queue) + "B"));
  TrafficControlHelper no_queue_discipline;
  Ipv4AddressHelper addresses;
  addresses.SetBase("10.0.0.0", "255.255.255.0");
  const auto number = [&](const NetDeviceContainer& devices) {
    const auto interfaces = addresses.Assign(devices);
    no_queue_discipline.Uninstall(devices);
    addresses.NewNetwork();
    return interfaces;
  };
  const NetDeviceContainer bottleneck = middle.Install(routers);
  number(bottleneck);
  if (c.loss > 0.0) {
    const auto errors = CreateObject<RateErrorModel>();
    errors->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
    errors->SetRate(c.loss);
    bottleneck.Get(1)->SetAttribute("ReceiveErrorModel", PointerValue(errors));
  }
  std::vector<Flow> flows(c.flows);
  std::vector<Address> ends;
  for (int i = 0; i < c.flows; ++i) {
    number(access.Install(left.Get(i), routers.Get(0)));
    ends.push_back(
        InetSocketAddress(number(access.Install(right.Get(i), routers.Get(1))).GetAddress(0), 9));
  }
  Ipv4GlobalRoutingHelper::PopulateRoutingTables();
  std::vector<Ptr<Socket>> sinks;
  for (int i = 0; i < c.flows; ++i) {
    Flow* flow = &flows[i];
    flow->unsent = flow->unreceived = c.bytes;
    sinks.push_back(Socket::CreateSocket(right.Get(i), TcpSocketFactory::GetTypeId()));
    sinks.back()->Bind(InetSocketAddress(Ipv4Address::GetAny(), 9));
    sinks.back()->Listen();
    sinks.back()->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        Callback<void, Ptr<Socket>, const Address&>([flow](Ptr<Socket> socket, const Address&) {
          socket->SetRecvCallback(
              Callback<void, Ptr<Socket>>([flow](Ptr<Socket> from) { receive(flow, from); }));
        }));
    flow->sender = Socket::CreateSocket(left.Get(i), TcpSocketFactory::GetTypeId());
    flow->sender->Bind();
    flow->sender->SetSendCallback(
        Callback<void, Ptr<Socket>, uint32_t>([flow](Ptr<Socket>, uint32_t) {
          if (Simulator::Now() >= kStart) fill(flow);
        }));
    flow->sender->Connect(ends[i]);
    Simulator::Schedule(kStart, [flow] { fill(flow); });
  }
  last_end = Time(0);
  Simulator::Stop(kStart + Seconds(3600));
  Simulator::Run();
  int64_t missing = 0;
  for (const Flow& flow : flows) missing += flow.unreceived;
  const double taken = (last_end - kStart).GetSeconds();
  Simulator::Destroy();
  return missing > 0 ? -1.0 : taken;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string control = argc > 1 ? argv[1] : "TcpCubic";
  for (std::string line; std::getline(std::cin, line);) {
    Case c;
    std::istringstream words(line);
    words >> c.shape >> c.rate >> c.round_trip >> c.loss >> c.queue >> c.flows >> c.bytes >>
        c.seeds;
    if (!words || c.shape != "dumbbell") {
      std::cerr << "ns3_case: cannot read: " << line << "\n";
      return 2;
    }
    set_defaults(c, control);
    double sum = 0.0;
    double squares = 0.0;
    for (int seed = 1; seed <= c.seeds; ++seed) {
      const double time = run(c, seed);
      sum += time;
      squares += time * time;
    }
    const double mean = sum / c.seeds;
    std::printf("%.9f %.9f\n", mean, squares / c.seeds - mean * mean);
    std::fflush(stdout);
  }
}
