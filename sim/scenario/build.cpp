#include "sim/scenario/build.hpp"

#include <fmt/core.h>

#include <utility>

#include "sim/scenario/build_dynamics.hpp"
#include "sim/scenario/build_model.hpp"
#include "sim/scenario/build_network.hpp"
#include "sim/scenario/point_settings.hpp"

namespace gradwire {
namespace {

// The defaults of all keys; null where there is none.
const std::vector<std::shared_ptr<const Setting>>& default_settings() {
  static const std::vector<std::shared_ptr<const Setting>> defaults = [] {
    std::vector<std::shared_ptr<const Setting>> all;
    for (const Key& key : key_table()) {
      if (key.fallback.empty()) {
        all.push_back(nullptr);
        continue;
      }
      ReadValue read = read_value(key.type, YAML::Load(std::string(key.fallback)), kOverrideLine);
      all.push_back(std::make_shared<Setting>(
          Setting{std::move(read.value), std::move(read.text), kDefaultLine}));
    }
    return all;
  }();
  return defaults;
}

// Reads typed values out of the settings of one point.
class Builder {
 public:
  explicit Builder(const PointSettings& settings) : settings_(settings) {}

  Scenario build() {
    Scenario scenario;
    scenario.model = build_model(settings_);
    scenario.data = data();
    scenario.partition = partition();
    scenario.training = training();
    scenario.strategy = strategy();
    scenario.network = build_network(settings_);
    scenario.network.dynamics = build_dynamics(settings_, scenario.network);
    scenario.nodes = nodes();
    scenario.arithmetic = settings_.choice<Scenario::Arithmetic>(
        "arithmetic", {{"auto", Scenario::Arithmetic::automatic},
                       {"full", Scenario::Arithmetic::full},
                       {"shared", Scenario::Arithmetic::shared},
                       {"off", Scenario::Arithmetic::off}});
    scenario.fast_forward = settings_.choice<Scenario::FastForward>(
        "fast_forward",
        {{"auto", Scenario::FastForward::automatic}, {"off", Scenario::FastForward::off}});
    scenario.command = command();
    if (!settings_.given("measure")) {
      scenario.measure =
          Scenario::MeasureSteps{.warmup = settings_.integer("measure.warmup"),
                                 .steps = settings_.integer("measure.steps"),
                                 .at_most = settings_.get<Duration>("measure.at_most")};
    } else {
      scenario.measure = Scenario::MeasureAll{};
    }
    if (scenario.network.nodes < 1) return scenario;  // reported; nothing more can be said
    check_captions(scenario);
    check_nodes(scenario);
    if (scenario.partition.is_by_features()) {
      check_features(scenario);
    } else {
      check_shares(scenario);
    }
    check_profile(scenario);
    return scenario;
  }

 private:
  // What is only timed has no samples to compute with, and needs a cost.
  void check_profile(Scenario& scenario) const {
    const bool is_profile = scenario.model.kind == Scenario::ModelKind::profile;
    if (is_profile != (scenario.data.kind == Scenario::DataKind::none)) {
      const auto& kind = settings_.get<std::string>("data.kind");
      settings_.problem(
          "data.kind",
          is_profile
              ? fmt::format("{} with model.kind profile; allowed: none, with data.train for the "
                            "number of samples",
                            kind)
              : "none leaves nothing to train on; allowed: only with model.kind profile");
      return;
    }
    if (!is_profile) return;
    if (needs_labels(scenario.partition)) {
      settings_.problem("data.partition.kind",
                        fmt::format("{} with data.kind none; allowed: shuffle or block",
                                    to_string(scenario.partition.kind)));
    }
    if (scenario.arithmetic == Scenario::Arithmetic::automatic) {
      scenario.arithmetic = Scenario::Arithmetic::off;
    } else if (scenario.arithmetic != Scenario::Arithmetic::off) {
      settings_.problem("arithmetic",
                        fmt::format("{} with model.kind profile; allowed: auto or off",
                                    settings_.get<std::string>("arithmetic")));
    }
    check_cost_of_profile(scenario);
  }

  void check_cost_of_profile(const Scenario& scenario) const {
    const bool is_given = !std::holds_alternative<Scenario::Calibrated>(scenario.nodes.cost);
    if (has_times(scenario.model.profile) == is_given) {
      settings_.problem("model.table",
                        is_given ? "has times, and nodes says what a step costs; allowed: one of "
                                   "both"
                                 : "has no times, and nothing says what its operations cost; "
                                   "allowed: with nodes.device, nodes.flops or "
                                   "nodes.step_time");
    }
  }

  Scenario::Optimizer optimizer() {
    const auto of = [this](const char* name) {
      return settings_.get<double>(fmt::format("training.optimizer.{}", name));
    };
    Scenario::Optimizer optimizer{
        .kind = settings_.named<OptimizerKind>("training.optimizer.kind"),
        .rate = of("rate"),
        .momentum = of("momentum"),
        .beta1 = of("beta1"),
        .beta2 = of("beta2"),
        .epsilon = of("epsilon"),
        .weight_decay = of("weight_decay"),
        .clip_norm = settings_.optional<double>("training.optimizer.clip_norm"),
        .schedule = {.kind = settings_.named<RateScheduleKind>("training.optimizer.schedule.kind"),
                     .factor = of("schedule.factor"),
                     .every_epochs = settings_.integer("training.optimizer.schedule.every"),
                     .warm_up_epochs = of("schedule.warm_up")}};
    if (optimizer.kind == OptimizerKind::nesterov && optimizer.momentum == 0.0) {
      settings_.problem("training.optimizer.momentum", "0 with nesterov; allowed: above 0");
    }
    return optimizer;
  }

  Scenario::Data data() const {
    Scenario::Data data;
    data.kind = settings_.choice<Scenario::DataKind>("data.kind",
                                                     {{"digits", Scenario::DataKind::digits},
                                                      {"shapes", Scenario::DataKind::shapes},
                                                      {"scenes", Scenario::DataKind::scenes},
                                                      {"idx", Scenario::DataKind::idx},
                                                      {"cifar10", Scenario::DataKind::cifar10},
                                                      {"flickr8k", Scenario::DataKind::flickr8k},
                                                      {"images", Scenario::DataKind::images},
                                                      {"none", Scenario::DataKind::none}});
    if (settings_.given("data.path")) data.folder = settings_.get<std::string>("data.path");
    data.train = settings_.optional<std::int64_t>("data.train");
    data.test = settings_.optional<std::int64_t>("data.test");
    data.side = settings_.optional_integer("data.side");
    data.minimum_count = settings_.integer("data.min_count");
    data.words = settings_.optional_integer("data.words");
    data.shuffled = settings_.get<std::string>("data.pictures") == "shuffled";
    data.augmentation = {
        .flip = settings_.optional<double>("data.augment.flip").value_or(0.0),
        .shift = settings_.optional_integer("data.augment.shift").value_or(0),
        .hide_words = settings_.optional<double>("data.augment.hide_words").value_or(0.0)};
    return data;
  }

  PartitionSpec partition() const {
    PartitionSpec spec;
    spec.kind = settings_.named<PartitionKind>("data.partition.kind");
    if (spec.kind == PartitionKind::labels) {
      spec.labels_per_node = settings_.integer("data.partition.labels");
    }
    if (spec.kind == PartitionKind::dirichlet) {
      spec.alpha = settings_.get<double>("data.partition.alpha");
    }
    if (spec.is_by_features()) return spec;
    const Value& shares = settings_.value("data.partition.shares");
    if (const auto* list = std::get_if<std::vector<double>>(&shares)) spec.shares = *list;
    const auto* draw = settings_.find<std::string>("data.partition.draw");
    spec.redrawn = draw != nullptr && *draw == "each-pass";
    return spec;
  }

  Scenario::Training training() {
    Scenario::Training training;
    if (const auto* samples = settings_.find<std::int64_t>("training.batch.global")) {
      training.batch = Scenario::GlobalBatch{*samples};
    } else {
      training.batch =
          Scenario::PerNodeBatch{settings_.get<std::int64_t>("training.batch.per_node")};
    }
    if (const auto* steps = settings_.find<std::int64_t>("training.epoch.steps")) {
      training.epoch = Scenario::Steps{*steps};
    } else {
      training.epoch = Scenario::Pass{};
    }
    training.epochs = settings_.integer("training.epochs");
    training.optimizer = optimizer();
    training.seed = static_cast<std::uint64_t>(settings_.get<std::int64_t>("training.seed"));
    training.checkpoint = settings_.optional<std::int64_t>("training.checkpoint");
    training.keeps_weights = settings_.get<std::string>("training.weights") == "kept";
    return training;
  }

  std::optional<Segmentation> segments() const {
    const auto size = settings_.optional<Bytes>("strategy.segment");
    const auto in_flight = settings_.optional_integer("strategy.in_flight");
    if (!size) {
      if (in_flight) {
        settings_.problem("strategy.in_flight",
                          "has no meaning without segments; allowed: only with strategy.segment");
      }
      return std::nullopt;
    }
    Segmentation segmentation{.size = *size};
    if (in_flight) segmentation.in_flight = *in_flight;
    return segmentation;
  }

  Scenario::Strategy strategy() const {
    const std::string& kind = settings_.get<std::string>("strategy.kind");
    if (kind == "single") return Scenario::Single{};
    if (kind == "all-reduce") {
      const auto algorithm = settings_.choice<Scenario::Algorithm>(
          "strategy.algorithm",
          {{"ring", Scenario::Algorithm::ring}, {"all-to-all", Scenario::Algorithm::all_to_all}});
      const bool is_ring = algorithm == Scenario::Algorithm::ring;
      return Scenario::AllReduce{algorithm, is_ring ? segments() : std::nullopt};
    }
    return Scenario::ParameterServer{settings_.choice<Scenario::Server>(
        "strategy.server",
        {{"shared", Scenario::Server::shared}, {"dedicated", Scenario::Server::dedicated}})};
  }

  Scenario::Nodes nodes() const {
    Scenario::Nodes nodes;
    nodes.cores = settings_.get<double>("nodes.cores");
    const Value& speed = settings_.value("nodes.speed");
    if (const auto* list = std::get_if<std::vector<double>>(&speed)) {
      nodes.speed = *list;
    } else {
      nodes.speed = std::get<double>(speed);
    }
    if (settings_.given("nodes.host_cores"))
      nodes.host_cores = settings_.integer("nodes.host_cores");
    if (const auto* step_time = settings_.find<Duration>("nodes.step_time")) {
      nodes.cost = Scenario::StepTime{*step_time};
    } else if (const auto* flops = settings_.find<double>("nodes.flops")) {
      nodes.cost = Scenario::Flops{*flops};
    } else if (const auto* device = settings_.find<std::string>("nodes.device")) {
      nodes.cost = Scenario::Device{find_device(*device)};
    }
    if (const auto* cpus = settings_.find<std::vector<int>>("nodes.cpus")) nodes.cpus = *cpus;
    if (settings_.given("nodes.shares")) {
      const Value& shares = settings_.value("nodes.shares");
      const auto* list = std::get_if<std::vector<double>>(&shares);
      nodes.shares = list != nullptr ? *list : std::vector<double>{std::get<double>(shares)};
    }
    nodes.memory = settings_.optional<Bytes>("nodes.memory");
    return nodes;
  }

  // Captions are learnt by the captioner, and by nothing else.
  void check_captions(const Scenario& scenario) {
    const bool is_captioner = scenario.model.kind == Scenario::ModelKind::captioner;
    const auto& model = settings_.get<std::string>("model.kind");
    const auto& data = settings_.get<std::string>("data.kind");
    if (is_captioner && !scenario.data.has_captions()) {
      settings_.problem("model.kind",
                        fmt::format("{} with data.kind {}; allowed: captioner with scenes or "
                                    "flickr8k, any other model with any other data",
                                    model, data));
    } else if (!is_captioner && scenario.data.has_captions()) {
      settings_.problem("data.kind",
                        fmt::format("{} with model.kind {}; allowed: scenes or flickr8k with "
                                    "captioner, any other data with any other model",
                                    data, model));
    }
    if (is_captioner && needs_labels(scenario.partition)) {
      settings_.problem("data.partition.kind",
                        fmt::format("{} with captions, which have no labels; allowed: shuffle or "
                                    "block",
                                    settings_.get<std::string>("data.partition.kind")));
    }
  }

  std::optional<Scenario::Command> command() const {
    const auto limit = settings_.optional<Duration>("time_limit");
    const auto words = settings_.optional<std::vector<std::string>>("command");
    if (!words) {
      if (limit) {
        settings_.problem("time_limit", "has no meaning without command; allowed: only with it");
      }
      return std::nullopt;
    }
    Scenario::Command command{.words = *words};
    if (limit) command.limit = *limit;
    return command;
  }

  // How many nodes there must be.
  void check_nodes(const Scenario& scenario) {
    const int nodes = scenario.network.nodes;
    const auto* speeds = std::get_if<std::vector<double>>(&scenario.nodes.speed);
    if (speeds != nullptr && speeds->size() != static_cast<std::size_t>(nodes)) {
      settings_.problem("nodes.speed",
                        fmt::format("{} listed for {}; allowed: one number, or "
                                    "one for each node",
                                    counted(speeds->size(), "speed"), counted(nodes, "node")));
    }
    const std::size_t shares = scenario.nodes.shares.size();
    if (shares > 1 && shares != static_cast<std::size_t>(nodes)) {
      settings_.problem("nodes.shares",
                        fmt::format("{} listed for {}; allowed: one number, or one for each node",
                                    counted(shares, "weight"), counted(nodes, "node")));
    }
    if (std::holds_alternative<Scenario::Single>(scenario.strategy) && nodes != 1) {
      settings_.problem("strategy.kind",
                        fmt::format("single trains on one node, and network.nodes is {}; "
                                    "allowed: network.nodes 1, or another strategy",
                                    nodes));
    }
    if (scenario.training_nodes() < 1) {
      settings_.problem(
          "strategy.server",
          "a dedicated server leaves no node to train; allowed: at least 2 nodes, or shared");
    }
  }

  // Whether the model can be split is known when its inputs are: cost_needs().
  void check_features(const Scenario& scenario) const {
    if (std::holds_alternative<Scenario::ParameterServer>(scenario.strategy)) {
      settings_.problem("data.partition.kind",
                        "features with strategy.kind parameter-server, whose server has all "
                        "parameters; allowed: all-reduce or single");
    }
    if (scenario.training.optimizer.clip_norm) {
      settings_.problem("training.optimizer.clip_norm",
                        "has no meaning with data.partition.kind features, where no node has the "
                        "whole gradient; allowed: only with another partition");
    }
  }

  // Every training node must have something to do.
  void check_shares(const Scenario& scenario) {
    const int nodes = scenario.training_nodes();
    const std::size_t shares = scenario.partition.shares.size();
    if (shares != 0 && shares != static_cast<std::size_t>(nodes)) {
      settings_.problem(
          "data.partition.shares",
          fmt::format("{} listed for {}; allowed: one for each, or 1 for equal shares",
                      counted(shares, "share"), counted(nodes, "training node")));
    }
    if (const auto* batch = std::get_if<Scenario::GlobalBatch>(&scenario.training.batch)) {
      if (batch->samples < nodes) {
        settings_.problem(
            "training.batch.global",
            fmt::format("{} for {}; allowed: at least one a node",
                        counted(batch->samples, "sample"), counted(nodes, "training node")));
      }
    }
    const auto* train = settings_.find<std::int64_t>("data.train");
    if (train != nullptr && *train < nodes && !scenario.data.has_captions()) {
      settings_.problem("data.train",
                        fmt::format("{} for {}; allowed: at least one a node",
                                    counted(*train, "sample"), counted(nodes, "training node")));
    }
  }

  const PointSettings& settings_;
};

}  // namespace

Settings with_defaults(Settings settings) {
  const std::vector<Key>& keys = key_table();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (settings.find(i) != nullptr || settings.excludes(i)) continue;
    if (default_settings()[i] == nullptr) continue;
    if (const auto& condition = keys[i].fallback_with) {
      // The condition's key stands before this one in the table: it has its default by now.
      const Setting* other = settings.find(index_of(condition->key));
      if (other == nullptr ||
          std::ranges::find(condition->values, other->text) == condition->values.end()) {
        continue;
      }
    }
    settings.assign({i, default_settings()[i]});
  }
  return settings;
}

Scenario build_scenario(const Settings& settings, const KeyLines& lines, const std::string& point,
                        Problems& problems) {
  return Builder(PointSettings(settings, lines, point, problems)).build();
}

}  // namespace gradwire
