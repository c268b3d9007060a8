#include "sim/scenario/build_model.hpp"

#include <fmt/core.h>

#include <cstdint>

namespace gradwire {

Scenario::Model build_model(const PointSettings& settings) {
  Scenario::Model model{
      .kind = settings.choice<Scenario::ModelKind>(
          "model.kind", {{"mlp", Scenario::ModelKind::mlp},
                         {"layers", Scenario::ModelKind::layers},
                         {"edge-popup-mlp", Scenario::ModelKind::edge_popup_mlp},
                         {"edge-popup-conv", Scenario::ModelKind::edge_popup_conv},
                         {"vgg16", Scenario::ModelKind::vgg16},
                         {"captioner", Scenario::ModelKind::captioner},
                         {"profile", Scenario::ModelKind::profile}}),
      .hidden = settings.get<std::vector<int>>("model.hidden"),
      .depth = settings.optional_integer("model.depth"),
      .layers = settings.optional<std::vector<LayerSpec>>("model.layers")
                    .value_or(std::vector<LayerSpec>{}),
      .kernel = settings.integer("model.kernel"),
      .keep = std::nullopt,
      .width = settings.integer("model.width"),
      .dropout = settings.get<double>("model.dropout"),
      .extractor = settings.optional<std::vector<LayerSpec>>("model.extractor"),
      .captions = {.width = settings.integer("model.beam"),
                   .length_penalty = settings.get<double>("model.length_penalty"),
                   .no_repeat = settings.integer("model.no_repeat"),
                   .samples = settings.integer("model.samples"),
                   .drafts = settings.integer("model.drafts")},
      .rank = settings.named<ScoreRank>("model.rank"),
      .activation = settings.named<Scenario::Activation>("model.activation"),
      .loss = settings.named<Scenario::Loss>("model.loss"),
      .focal_gamma = settings.get<double>("model.gamma"),
      .initialiser = settings.named<Initialiser>("model.init"),
      .weights = std::nullopt,
      .profile = {},
      .bucket = {}};
  const bool is_edge_popup = model.kind == Scenario::ModelKind::edge_popup_mlp ||
                             model.kind == Scenario::ModelKind::edge_popup_conv;
  if (is_edge_popup && settings.get<std::string>("model.trains") == "scores") {
    model.keep = settings.get<double>("model.keep");
  }
  const auto output = settings.optional<std::string>("model.weights.output");
  if (const auto file = settings.optional<std::string>("model.weights.file")) {
    model.weights = WeightsFile{*file, output != "drawn"};
  } else if (output) {
    settings.problem("model.weights.output",
                     "has no meaning without a file; allowed: only with model.weights.file");
  }
  if (model.kernel % 2 == 0) {
    settings.problem("model.kernel", fmt::format("{}; allowed: an odd number", model.kernel));
  }
  if (model.kind == Scenario::ModelKind::profile) {
    model.profile = settings.get<ProfileValue>("model.table").layers;
    if (settings.get<std::string>("model.gradients") == "buckets") {
      model.bucket = settings.optional<Bytes>("model.bucket").value_or(kUsualBucket);
    } else if (settings.given("model.bucket")) {
      settings.problem("model.bucket",
                       "has no meaning with model.gradients whole; allowed: only with "
                       "model.gradients buckets");
    }
  }
  return model;
}

}  // namespace gradwire
