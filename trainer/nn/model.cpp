#include "trainer/nn/model.hpp"

#include <utility>

#include "trainer/nn/network.hpp"

namespace gradwire {
namespace {

class NetworkModel final : public Model {
 public:
  explicit NetworkModel(Network<float> network) : network_(std::move(network)) {}

  std::span<float> parameters() override { return network_.parameters(); }
  std::span<float> gradients() override { return network_.gradients(); }
  std::span<const float> frozen() override { return network_.frozen(); }
  void initialise(const RandomStreams& streams, int node) override {
    network_.initialise(streams, node);
  }
  void set_steps_taken(std::int64_t steps) override { network_.set_steps_taken(steps); }

  BatchResult train(const Batch& batch, float scale) override {
    return network_.train(batch.inputs, batch.labels, scale);
  }

  BatchResult evaluate(const Batch& batch) override {
    return network_.evaluate(batch.inputs, batch.labels);
  }

  int inputs() const override { return network_.inputs(); }
  std::span<const float> outputs() const override { return network_.outputs(); }

 private:
  Network<float> network_;
};

}  // namespace

std::unique_ptr<Model> make_model(const ModelSpec& spec, int max_rows) {
  return std::make_unique<NetworkModel>(make_network<float>(spec, max_rows));
}

}  // namespace gradwire
