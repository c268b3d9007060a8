// One point of a scenario, fully resolved: what is trained, on what, by how many nodes, over which
// network. Pure values with units as types; every default is filled in and every rule that
// docs/scenario.md states has been checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "netmodel/dynamics/dynamics_spec.hpp"
#include "netmodel/tcp/settings.hpp"
#include "netmodel/topologies/shape.hpp"
#include "netmodel/units.hpp"
#include "trainer/collectives/collectives.hpp"
#include "trainer/data/augmentation.hpp"
#include "trainer/data/partition.hpp"
#include "trainer/device_profile.hpp"
#include "trainer/nn/model_spec.hpp"
#include "trainer/nn/optimizer.hpp"
#include "trainer/quality/captioning.hpp"
#include "trainer/weights.hpp"

namespace gradwire {

/// The settings of one point, made by load_plan() (plan.hpp). The defaults of a scenario are in the
/// table of keys (keys.hpp), not here.
struct Scenario {
  // --- what is trained, on what

  enum class ModelKind { mlp, layers, edge_popup_mlp, edge_popup_conv, vgg16, captioner, profile };
  using Activation = gradwire::Activation;
  using Loss = LossKind;

  struct Model {
    ModelKind kind = ModelKind::mlp;
    std::vector<int> hidden;        ///< of the mlps: neurons of each hidden layer; none: linear
    std::optional<int> depth;       ///< of mlp: as many layers, of as many parameters as hidden
    std::vector<LayerSpec> layers;  ///< of layers: all but the output layer
    int kernel = kUsualKernel;      ///< of edge_popup_conv: side of its kernels
    std::optional<double> keep;     ///< of edge-popup models; none: they train weights
    int width = 0;                  ///< of captioner: of all its layers
    double dropout = 0.0;           ///< of captioner
    /// Of captioner: what makes features of a picture; none: the usual one of pixels, nothing of
    /// features.
    std::optional<std::vector<LayerSpec>> extractor;
    CaptionSearch captions;  ///< of captioner: what is scored as those of a beam
    ScoreRank rank = ScoreRank::score;
    Activation activation = Activation::relu;
    Loss loss = Loss::cross_entropy;
    double focal_gamma = 0.0;  ///< of Loss::focal
    Initialiser initialiser = Initialiser::kaiming_normal;
    std::optional<WeightsFile> weights;  ///< what it starts from; none: drawn weights
    LayerProfile profile;                ///< of profile
    std::optional<Bytes> bucket;         ///< of profile: see TrainingPlan
  };

  enum class DataKind {
    digits,    ///< generated handwritten digits
    shapes,    ///< generated colour images of figures
    scenes,    ///< generated colour images of two figures, with captions
    idx,       ///< files in the format of MNIST
    cifar10,   ///< files in the binary format of CIFAR-10
    images,    ///< photographs in folders, one a class
    flickr8k,  ///< photographs with captions
    none,      ///< only their number
  };

  struct Data {
    DataKind kind = DataKind::digits;
    std::filesystem::path folder;       ///< absolute; empty for generated data
    std::optional<std::int64_t> train;  ///< images; none: all that the files hold
    std::optional<std::int64_t> test;   ///< images; none: all that the files hold
    std::optional<int> side;            ///< of photographs: pixels; none: the usual
    int minimum_count = 1;              ///< of captions: rarer words are unknown words
    std::optional<int> words;           ///< of captions: that are read; none: all of the longest
    bool shuffled = false;              ///< the pictures are exchanged among their captions
    Augmentation augmentation{};        ///< of the training samples

    bool has_captions() const { return kind == DataKind::scenes || kind == DataKind::flickr8k; }
  };

  // --- how it is trained

  /// Every training node takes so many samples a step: the work of a step grows with the nodes.
  struct PerNodeBatch {
    std::int64_t samples;
  };

  /// The training nodes share so many samples a step.
  struct GlobalBatch {
    std::int64_t samples;
  };

  /// An epoch is one pass over the training data, shared by the training nodes.
  struct Pass {};

  /// An epoch is a fixed number of steps, however many nodes there are.
  struct Steps {
    std::int64_t count;
  };

  /// How the learning rate changes; as RateSchedule, but counted in epochs.
  struct Schedule {
    RateScheduleKind kind = RateScheduleKind::constant;
    double factor = 0.0;
    int every_epochs = 0;
    double warm_up_epochs = 0.0;
  };

  /// As OptimizerSpec.
  struct Optimizer {
    OptimizerKind kind = OptimizerKind::sgd;
    double rate = 0.0;
    double momentum = 0.0;
    double beta1 = 0.0;
    double beta2 = 0.0;
    double epsilon = 0.0;
    double weight_decay = 0.0;
    std::optional<double> clip_norm;  ///< none: gradients stay as they are
    Schedule schedule;
  };

  struct Training {
    std::variant<PerNodeBatch, GlobalBatch> batch;
    std::variant<Pass, Steps> epoch;
    int epochs = 0;
    Optimizer optimizer;
    std::uint64_t seed = 0;                  ///< of repeat 0; repeat r uses seed + r
    std::optional<std::int64_t> checkpoint;  ///< steps from one to the next; none: none is kept
    bool keeps_weights = false;              ///< those at the end, in the results
  };

  // --- how the nodes share the work

  enum class Algorithm { ring, all_to_all };
  enum class Server { shared, dedicated };

  struct Single {};

  struct AllReduce {
    Algorithm algorithm;
    std::optional<Segmentation> segments;  ///< of a ring; none: chunks are sent whole
  };

  /// Rank 0 serves; shared: and trains too; dedicated: only serves.
  struct ParameterServer {
    Server server;
  };

  using Strategy = std::variant<Single, AllReduce, ParameterServer>;

  // --- over which network

  /// The cable of one host: what two such hosts have between them.
  struct Host {
    BitsPerSecond bandwidth;  ///< in each direction
    Duration latency{};       ///< one way, host to host, over one switch or none
  };

  struct Network {
    Shape shape;
    Routing routing = Routing::hops;
    int nodes = 0;
    Host host;                ///< of every node, unless listed in hosts
    std::vector<Host> hosts;  ///< empty, or complete: one entry a node
    Duration jitter{};
    JitterShape jitter_shape = JitterShape::uniform;
    double loss = 0.0;           ///< fraction of packets, 0.01 for 1 %
    std::optional<Bytes> queue;  ///< in front of a link at a switch; none: without end
    Bytes burst{};               ///< of each link's shaper
    TransportModel transport;
    DynamicsSpec dynamics;

    /// The cable of a node, 0 <= rank < nodes.
    const Host& host_of(int rank) const;
  };

  // --- on which machines

  /// The cost of a step comes from the calibration of the machine that runs the program.
  struct Calibrated {};

  /// The cost of a step is given: its time on a node of speed 1, at the scenario's batch.
  struct StepTime {
    Duration value;
  };

  /// The cost of a step follows from its floating-point operations.
  struct Flops {
    double per_second;  ///< of a node of speed 1
  };

  /// The cost of a step follows from what is published of the device.
  struct Device {
    const DeviceProfile* profile;  ///< lives as long as the program
  };

  struct Nodes {
    double cores = 0.0;                               ///< of each node; a worker has one thread
    std::variant<double, std::vector<double>> speed;  ///< of every node, or one a node
    std::optional<int> host_cores;                    ///< set: all nodes share so many cores
    std::variant<Calibrated, StepTime, Flops, Device> cost;
    // Limits of the hosts of real networks:
    std::vector<int> cpus;        ///< processors of the machine; none: all of them
    std::vector<double> shares;   ///< weights: none, one for all, or one a node
    std::optional<Bytes> memory;  ///< of each

    /// The relative speed of a node, 0 <= rank < nodes.
    double speed_of(int rank) const;
  };

  // --- what is computed and measured

  enum class Arithmetic { automatic, full, shared, off };

  /// Of steps that only repeat what is known, where no arithmetic is done.
  enum class FastForward { automatic, off };

  struct MeasureAll {};

  /// Real modes run so many steps of each epoch's schedule and extrapolate.
  struct MeasureSteps {
    int warmup;
    int steps;
    Duration at_most;  ///< for each point
  };

  /// A program of the user's own, in place of our worker.
  struct Command {
    std::vector<std::string> words;
    Duration limit = std::chrono::minutes(10);
  };

  Model model;
  Data data;
  PartitionSpec partition;  ///< of the training samples, or features, over the training nodes
  Training training;
  Strategy strategy;
  Network network;
  Nodes nodes;
  Arithmetic arithmetic = Arithmetic::automatic;
  FastForward fast_forward = FastForward::automatic;
  std::optional<Command> command;  ///< of modes with hosts; none: our workers
  std::variant<MeasureSteps, MeasureAll> measure;

  /// Nodes that compute gradients: all of them, without rank 0 if that one only serves.
  int training_nodes() const;

  /// Samples of all training nodes together in one full step: different ones, or by features the
  /// same at every node.
  std::int64_t global_batch() const;
};

}  // namespace gradwire
