#include "sim/scenario/key_sections/limits.hpp"
#include "sim/scenario/key_sections/sections.hpp"

namespace gradwire {
namespace {

const KeyHasValue kOverTcp = {"network.transport", {"tcp"}};

void add_switch(std::vector<Key>& keys, std::string_view name, std::string_view fallback,
                std::string_view help) {
  keys.push_back({.name = name,
                  .type = ChoiceType{{"on", "off"}},
                  .fallback = fallback,
                  .help = help,
                  .only_with = kOverTcp});
}

void add_tcp_keys(std::vector<Key>& keys) {
  keys.push_back({.name = "network.tcp.congestion",
                  .type = ChoiceType{{"cubic", "reno", "bbr"}},
                  .fallback = "cubic",
                  .help = "Congestion control of every connection.",
                  .only_with = kOverTcp});
  keys.push_back({.name = "network.tcp.loss",
                  .type = ChoiceType{{"drawn", "mathis", "pftk", "cubic"}},
                  .fallback = "drawn",
                  .help =
                      "Lost segments are drawn; or their mean effect bounds the rate, by one of "
                      "three formulas.",
                  .only_with = kOverTcp});
  keys.push_back({.name = "network.tcp.initial_window",
                  .type = IntegerType{1, 1'000},
                  .fallback = "10",
                  .help = "Segments that a connection begins with.",
                  .only_with = kOverTcp});
  keys.push_back({.name = "network.tcp.send_buffer",
                  .type = kBuffer,
                  .fallback = "4MiB",
                  .help = "Two thirds of it can be in flight on a connection.",
                  .only_with = kOverTcp});
  keys.push_back({.name = "network.tcp.receive_buffer",
                  .type = kBuffer,
                  .fallback = "6MiB",
                  .help = "1448/2304 of it can be in flight on a connection.",
                  .only_with = kOverTcp});
  keys.push_back({.name = "network.tcp.streams",
                  .type = IntegerType{1, 256},
                  .fallback = "1",
                  .help = "Parallel connections between two nodes, over which a message is spread.",
                  .only_with = kOverTcp});
  keys.push_back({.name = "network.tcp.timeout_min",
                  .type = kTimeSpan,
                  .fallback = "200ms",
                  .help = "Least retransmission timeout, without the round trip.",
                  .only_with = kOverTcp});
  add_switch(keys, "network.tcp.slow_start", "on",
             "The window begins small, and doubles every round trip.");
  add_switch(keys, "network.tcp.hystart", "on",
             "Slow start of `cubic` ends before a queue overflows, if it can be seen to fill.");
  add_switch(keys, "network.tcp.idle_restart", "on",
             "After a pause longer than the timeout the window begins small again.");
  add_switch(keys, "network.tcp.tail_loss_probe", "on",
             "A lost last segment is repaired after two round trips, not after the timeout.");
  add_switch(keys, "network.tcp.rack", "on",
             "What is lost twice is noticed after a round trip, not after the timeout.");
  add_switch(keys, "network.tcp.window_limit", "on", "Buffers bound what is in flight.");
  add_switch(keys, "network.tcp.acknowledgements", "on",
             "What is received is acknowledged: 2.2 % of it goes the other way.");
  add_switch(keys, "network.tcp.handshake", "off",
             "The first message between two nodes pays for opening the connection.");
}

}  // namespace

void add_transport_keys(std::vector<Key>& keys) {
  keys.push_back({.name = "network.queue",
                  .type = kBuffer,
                  .help = "What can wait in front of a link at a switch; more is dropped. Without "
                          "it nothing is."});
  keys.push_back({.name = "network.burst",
                  .type = kBuffer,
                  .fallback = "0B",
                  .help = "Bucket of each link's shaper: bytes that pass at once after a pause."});
  keys.push_back({.name = "network.switching",
                  .type = ChoiceType{{"cut-through", "store-and-forward"}},
                  .fallback = "cut-through",
                  .help = "Whether a switch sends a packet on when its first bit is there, or its "
                          "last. Links with a burst of a packet pass it at once."});
  keys.push_back({.name = "network.transport",
                  .type = ChoiceType{{"tcp", "rdma", "fluid"}},
                  .fallback = "tcp",
                  .help = "What carries messages; `fluid` has TCP's headers, and otherwise only "
                          "rates and latencies."});
  keys.push_back({.name = "network.software.per_message",
                  .type = kDelay,
                  .fallback = "0ns",
                  .help = "Time of the software for a message, at each end."});
  keys.push_back({.name = "network.software.per_megabyte",
                  .type = kDelay,
                  .fallback = "0ns",
                  .help = "Time of the slower end's software for 1 MB; messages are no faster."});
  add_tcp_keys(keys);
}

}  // namespace gradwire
