// Brings an image from the order of data sets, channels x height x width, into that of the layers.
#pragma once

#include "trainer/nn/layer.hpp"
#include "trainer/sample_shape.hpp"

namespace gradwire {

template <typename Scalar>
class ChannelsLast final : public Layer<Scalar> {
 public:
  explicit ChannelsLast(const SampleShape& shape) : shape_(shape) {}

  int inputs() const override { return shape_.features(); }
  int outputs() const override { return shape_.features(); }

  void forward(const ForwardPass<Scalar>& pass) override;
  void backward(const BackwardPass<Scalar>& pass) override;

 private:
  SampleShape shape_;
};

}  // namespace gradwire
