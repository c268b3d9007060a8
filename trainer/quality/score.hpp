// A figure of how good a model is, beside its accuracy.
#pragma once

#include <optional>
#include <string>

namespace gradwire {

struct Score {
  std::string
      name;  ///< "loss", "top5", "perplexity", "bleu1" to "bleu4" and "bleu1-beam" and so on
  double value = 0.0;
  /// A 95 % interval over the pictures of the test split; of BLEU only.
  std::optional<double> low{};
  std::optional<double> high{};

  friend bool operator==(const Score&, const Score&) = default;
};

}  // namespace gradwire
