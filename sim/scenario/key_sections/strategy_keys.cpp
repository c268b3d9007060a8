#include "netmodel/schedule.hpp"
#include "sim/scenario/key_sections/limits.hpp"
#include "sim/scenario/key_sections/sections.hpp"

namespace gradwire {

void add_strategy_keys(std::vector<Key>& keys) {
  keys.push_back({.name = "strategy.kind",
                  .type = ChoiceType{{"single", "all-reduce", "parameter-server"}},
                  .fallback = "all-reduce",
                  .help = "How the nodes share the work: one node alone, every node a replica, or "
                          "one node that holds the parameters."});
  keys.push_back({.name = "strategy.algorithm",
                  .type = ChoiceType{{"ring", "all-to-all"}},
                  .fallback = "ring",
                  .help = "How gradients are summed.",
                  .only_with = KeyHasValue{"strategy.kind", {"all-reduce"}}});
  keys.push_back({.name = "strategy.segment",
                  .type = BytesType{{kElementBytes}, {std::int64_t{1} << 40}},
                  .help =
                      "The chunks of a ring are cut into segments of at most this size: one goes "
                      "on to the next node as soon as it has come, while others are on their "
                      "way. The sums are the same to the last bit.",
                  .only_with = KeyHasValue{"strategy.algorithm", {"ring"}},
                  .fallback_note = "whole chunks"});
  keys.push_back({.name = "strategy.in_flight",
                  .type = IntegerType{1, 1'000'000},
                  .help = "How many segments of a node may be under way at a time; needs "
                          "`strategy.segment`.",
                  .only_with = KeyHasValue{"strategy.algorithm", {"ring"}},
                  .fallback_note = "`4`"});
  keys.push_back({.name = "strategy.server",
                  .type = ChoiceType{{"shared", "dedicated"}},
                  .fallback = "shared",
                  .help = "Rank 0 serves; `shared`: it trains too, `dedicated`: it only serves, "
                          "which needs at least 2 nodes.",
                  .only_with = KeyHasValue{"strategy.kind", {"parameter-server"}}});
}

}  // namespace gradwire
