// One case of the comparison with SimGrid (simgrid.sh), SimGrid's side: the same messages over the
// same links as bench/peer_case.cpp, as one line of JSON.
//
//   simgrid_case ring|incast star|two-tier NODES equal|spread REPEATS WIRE_BYTES
//
// Pure fluid: model CM02 without its TCP window, its bandwidth and latency factors, and its share
// for acknowledgements.
#include <simgrid/s4u.hpp>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace sg4 = simgrid::s4u;

namespace {

constexpr double kBytesPerSecond = 100e6 / 8;
constexpr double kHalfLatency = 500e-6;

struct Case {
  bool ring;
  bool two_tier;
  int nodes;
  bool spread;
  long repeats;
  double wire_bytes;
};

double rate_of(int host, bool spread) {
  if (!spread) return kBytesPerSecond;
  return kBytesPerSecond * (0.9 + 0.2 * std::fmod((host + 1) * 0.6180339887498949, 1.0));
}

struct Ways {
  std::vector<sg4::LinkInRoute> up;
  std::vector<sg4::LinkInRoute> down;
};

Ways make_links(sg4::NetZone* zone, const std::string& name, double rate, double latency) {
  const auto make = [&](const char* way) {
    return sg4::LinkInRoute(zone->create_link(name + way, rate)->set_latency(latency)->seal());
  };
  return {{make("-up")}, {make("-down")}};
}

void attach(sg4::NetZone* zone, simgrid::kernel::routing::NetPoint* point,
            simgrid::kernel::routing::NetPoint* gateway, const Ways& ways) {
  zone->add_route(point, nullptr, gateway, nullptr, ways.up, false);
  zone->add_route(nullptr, point, nullptr, gateway, ways.down, false);
}

std::vector<sg4::Host*> make_platform(const Case& what) {
  std::vector<sg4::Host*> hosts;
  auto* root = sg4::create_star_zone("root");
  int rack_size = what.nodes;
  if (what.two_tier) {
    rack_size = 1;
    while (rack_size * rack_size < what.nodes) rack_size *= 2;
  }
  for (int first = 0; first < what.nodes; first += rack_size) {
    const std::string rack = "rack" + std::to_string(first / rack_size);
    sg4::NetZone* zone = root;
    simgrid::kernel::routing::NetPoint* router = nullptr;
    if (what.two_tier) {
      zone = sg4::create_star_zone(rack);
      zone->set_parent(root);
      router = zone->create_router(rack + "-router");
    }
    double rates = 0;
    for (int host = first; host < first + rack_size; ++host) {
      const std::string name = "host" + std::to_string(host);
      hosts.push_back(zone->create_host(name, 1e9));
      const double rate = rate_of(host, what.spread);
      rates += rate;
      attach(zone, hosts.back()->get_netpoint(), nullptr,
             make_links(zone, name, rate, kHalfLatency));
    }
    if (what.two_tier) {
      attach(root, zone->get_netpoint(), router, make_links(root, rack, rates / 4, 0));
      zone->seal();
    }
  }
  root->seal();
  return hosts;
}

int token;  // what messages carry: nothing

sg4::Mailbox* box(int rank) { return sg4::Mailbox::by_name(std::to_string(rank)); }

void ring(const Case& what, int rank) {
  sg4::Mailbox* const own = box(rank);
  sg4::Mailbox* const next = box((rank + 1) % what.nodes);
  own->set_receiver(
      sg4::Actor::self());  // a message leaves when it is sent, not when it is awaited
  for (long step = 0; step < what.repeats * 2 * (what.nodes - 1); ++step) {
    int* received = nullptr;
    const sg4::CommPtr in = own->get_async<int>(&received);
    const sg4::CommPtr out = next->put_async(&token, static_cast<std::uint64_t>(what.wire_bytes));
    in->wait();
    out->wait();
  }
}

void sender(const Case& what, int rank) {
  for (long i = 0; i < what.repeats; ++i) {
    box(rank)->put(&token, static_cast<std::uint64_t>(what.wire_bytes));
  }
}

void sink(const Case& what) {
  std::vector<int*> received(static_cast<std::size_t>(what.nodes));
  for (long i = 0; i < what.repeats; ++i) {
    std::vector<sg4::CommPtr> comms;
    for (int rank = 1; rank < what.nodes; ++rank) {
      comms.push_back(box(rank)->get_async<int>(&received[static_cast<std::size_t>(rank)]));
    }
    for (const sg4::CommPtr& comm : comms) comm->wait();
  }
}

}  // namespace

int main(int argc, char** argv) {
  sg4::Engine engine(&argc, argv);
  for (const char* setting :
       {"network/model:CM02", "network/TCP-gamma:0", "network/crosstraffic:0", "network/weight-S:0",
        "network/bandwidth-factor:1", "network/latency-factor:1"}) {
    engine.set_config(setting);
  }
  if (argc != 7) {
    std::fputs(
        "usage: simgrid_case ring|incast star|two-tier NODES equal|spread REPEATS WIRE_BYTES\n",
        stderr);
    return 2;
  }
  const Case what{std::string(argv[1]) == "ring",
                  std::string(argv[2]) == "two-tier",
                  std::atoi(argv[3]),
                  std::string(argv[4]) == "spread",
                  std::strtol(argv[5], nullptr, 10),
                  std::strtod(argv[6], nullptr)};
  const auto start = std::chrono::steady_clock::now();
  const std::vector<sg4::Host*> hosts = make_platform(what);
  for (int rank = 0; rank < what.nodes; ++rank) {
    const std::string name = "rank" + std::to_string(rank);
    sg4::Host* const host = hosts[static_cast<std::size_t>(rank)];
    if (what.ring) {
      sg4::Actor::create(name, host, [what, rank] { ring(what, rank); });
    } else if (rank == 0) {
      sg4::Actor::create(name, host, [what] { sink(what); });
    } else {
      sg4::Actor::create(name, host, [what, rank] { sender(what, rank); });
    }
  }
  engine.run();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  std::printf("{\"simulated\": %.9f, \"wall\": %.9f}\n", sg4::Engine::get_clock(), wall.count());
  return 0;
}
