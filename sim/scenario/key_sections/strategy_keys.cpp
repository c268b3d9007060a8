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
  keys.push_back({.name = "strategy.server",
                  .type = ChoiceType{{"shared", "dedicated"}},
                  .fallback = "shared",
                  .help = "Rank 0 serves; `shared`: it trains too, `dedicated`: it only serves, "
                          "which needs at least 2 nodes.",
                  .only_with = KeyHasValue{"strategy.kind", {"parameter-server"}}});
}

}  // namespace gradwire
