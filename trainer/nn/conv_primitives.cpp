#include "trainer/nn/conv_primitives.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "trainer/nn/aligned_buffer.hpp"
#include "trainer/nn/onednn.hpp"

namespace gradwire {
namespace {

using dnnl::memory;
using onednn::cpu;
using onednn::execute;
using onednn::memory_of;
using onednn::own_scratchpad;

// Weights in the order that a primitive wants them in, which is not always that of the model.
class Weights {
 public:
  enum class Use { read, written };

  Weights(const memory::desc& model, const memory::desc& wanted, Use use)
      : model_(memory_of(model)), wanted_(memory_of(wanted)) {
    if (model == wanted) return;
    storage_.emplace(wanted.get_size() / sizeof(float));
    wanted_.set_data_handle(storage_->data());
    const memory& from = use == Use::read ? model_ : wanted_;
    const memory& to = use == Use::read ? wanted_ : model_;
    reorder_ = dnnl::reorder(from, to);
    arguments_ = {{{DNNL_ARG_FROM, from.get()}, {DNNL_ARG_TO, to.get()}}};
  }

  void set(const float* model) {
    auto* data = const_cast<float*>(model);
    model_.set_data_handle(data);
    if (!storage_) wanted_.set_data_handle(data);
  }
  dnnl_memory_t wanted() const { return wanted_.get(); }
  void reorder(const dnnl::stream& stream) {
    if (storage_) execute(reorder_, stream, arguments_);
  }

 private:
  memory model_;
  memory wanted_;
  std::optional<AlignedBuffer<float>> storage_;  // if the orders differ
  dnnl::reorder reorder_;
  std::array<dnnl_exec_arg_t, 2> arguments_{};
};

// One primitive: two images, weights, biases, and the workspace.
class Operation {
 public:
  struct Arguments {
    int first;
    int second;
    int weights;
    int biases;
  };

  template <typename Description>
  Operation(const Description& description, const Arguments& arguments,
            const memory::desc& model_weights, const memory::desc& wanted_weights, Weights::Use use)
      : stream_(cpu()),
        first_(memory_of(description.query_md(dnnl::query::exec_arg_md, arguments.first))),
        second_(memory_of(description.query_md(dnnl::query::exec_arg_md, arguments.second))),
        biases_(memory_of(description.query_md(dnnl::query::exec_arg_md, arguments.biases))),
        weights_(model_weights, wanted_weights, use),
        writes_weights_(use == Weights::Use::written),
        scratchpad_(description.scratchpad_desc().get_size() / sizeof(float) + 1),
        scratchpad_memory_(description.scratchpad_desc(), cpu(), scratchpad_.data()) {
    arguments_ = {{{arguments.first, first_.get()},
                   {arguments.second, second_.get()},
                   {arguments.weights, weights_.wanted()},
                   {arguments.biases, biases_.get()},
                   {DNNL_ARG_SCRATCHPAD, scratchpad_memory_.get()}}};
  }

  void set_primitive(dnnl::primitive primitive) { primitive_ = std::move(primitive); }

  void run(const float* first, const float* second, const float* weights, const float* biases) {
    first_.set_data_handle(const_cast<float*>(first));
    second_.set_data_handle(const_cast<float*>(second));
    biases_.set_data_handle(const_cast<float*>(biases));
    weights_.set(weights);
    if (!writes_weights_) weights_.reorder(stream_);
    execute(primitive_, stream_, arguments_);
    if (writes_weights_) weights_.reorder(stream_);
  }

 private:
  dnnl::stream stream_;
  dnnl::primitive primitive_;
  memory first_;
  memory second_;
  memory biases_;
  Weights weights_;
  bool writes_weights_;
  AlignedBuffer<float> scratchpad_;
  memory scratchpad_memory_;
  std::array<dnnl_exec_arg_t, 5> arguments_{};
};

}  // namespace

class ConvPrimitives::Implementation {
 public:
  Implementation(const Windows& windows, int rows)
      : images_in_(image(rows, windows.input)),
        images_out_(image(rows, windows.output)),
        strides_(2, windows.stride),
        padding_(2, windows.padding),
        padding_after_{after(windows, windows.input.height, windows.output.height),
                       after(windows, windows.input.width, windows.output.width)},
        weights_(kernel(windows, memory::format_tag::hwio)),
        any_weights_(kernel(windows, memory::format_tag::any)),
        biases_({windows.output.channels}, memory::data_type::f32, memory::format_tag::a),
        no_biases_(static_cast<std::size_t>(windows.output.channels)),
        forward_description_(
            {dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, images_in_,
             any_weights_, biases_, images_out_, strides_, padding_, padding_after_},
            own_scratchpad(), cpu()) {}

  void apply(const float* x, const float* weights, const float* biases, float* y) {
    if (!forward_) {
      const auto& description = forward_description_;
      forward_.emplace(
          description,
          Operation::Arguments{DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS},
          weights_, description.weights_desc(), Weights::Use::read);
      forward_->set_primitive(dnnl::convolution_forward(description));
    }
    if (biases == nullptr) {
      std::ranges::fill(no_biases_.span(), 0.0F);
      biases = no_biases_.data();
    }
    forward_->run(x, y, weights, biases);
  }

  void weight_gradient(const float* x, const float* dy, float* dweights, float* dbiases) {
    if (!weight_gradient_) {
      const dnnl::convolution_backward_weights::primitive_desc description(
          {dnnl::algorithm::convolution_direct, images_in_, any_weights_, biases_, images_out_,
           strides_, padding_, padding_after_},
          own_scratchpad(), cpu(), forward_description_);
      weight_gradient_.emplace(description,
                               Operation::Arguments{DNNL_ARG_SRC, DNNL_ARG_DIFF_DST,
                                                    DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_BIAS},
                               weights_, description.diff_weights_desc(), Weights::Use::written);
      weight_gradient_->set_primitive(dnnl::convolution_backward_weights(description));
    }
    weight_gradient_->run(x, dy, dweights, dbiases != nullptr ? dbiases : no_biases_.data());
  }

  void input_gradient(const float* dy, const float* weights, float* dx) {
    if (!input_gradient_) {
      const dnnl::convolution_backward_data::primitive_desc description(
          {dnnl::algorithm::convolution_direct, images_in_, any_weights_, images_out_, strides_,
           padding_, padding_after_},
          own_scratchpad(), cpu(), forward_description_);
      input_gradient_.emplace(description,
                              Operation::Arguments{DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC,
                                                   DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS},
                              weights_, description.weights_desc(), Weights::Use::read);
      input_gradient_->set_primitive(dnnl::convolution_backward_data(description));
    }
    input_gradient_->run(dy, dx, weights, nullptr);
  }

 private:
  static memory::desc image(int rows, const SampleShape& shape) {
    return {{rows, shape.channels, shape.height, shape.width},
            memory::data_type::f32,
            memory::format_tag::nhwc};
  }
  static memory::desc kernel(const Windows& windows, memory::format_tag order) {
    return {{windows.output.channels, windows.input.channels, windows.side, windows.side},
            memory::data_type::f32,
            order};
  }
  // The padding below or right of what the last window covers; less than none if windows leave
  // pixels out.
  static memory::dim after(const Windows& windows, int input, int output) {
    return memory::dim{output - 1} * windows.stride + windows.side - input - windows.padding;
  }

  memory::desc images_in_;
  memory::desc images_out_;
  memory::dims strides_;
  memory::dims padding_;
  memory::dims padding_after_;
  memory::desc weights_;
  memory::desc any_weights_;
  memory::desc biases_;
  AlignedBuffer<float> no_biases_;  // where a layer has none
  dnnl::convolution_forward::primitive_desc forward_description_;
  // Made when they are first needed.
  std::optional<Operation> forward_;
  std::optional<Operation> weight_gradient_;
  std::optional<Operation> input_gradient_;
};

ConvPrimitives::ConvPrimitives(const Windows& windows, int rows)
    : implementation_(std::make_unique<Implementation>(windows, rows)) {}
ConvPrimitives::~ConvPrimitives() = default;
ConvPrimitives::ConvPrimitives(ConvPrimitives&&) noexcept = default;
ConvPrimitives& ConvPrimitives::operator=(ConvPrimitives&&) noexcept = default;

void ConvPrimitives::apply(const float* x, const float* weights, const float* biases, float* y) {
  implementation_->apply(x, weights, biases, y);
}

void ConvPrimitives::weight_gradient(const float* x, const float* dy, float* dweights,
                                     float* dbiases) {
  implementation_->weight_gradient(x, dy, dweights, dbiases);
}

void ConvPrimitives::input_gradient(const float* dy, const float* weights, float* dx) {
  implementation_->input_gradient(dy, weights, dx);
}

}  // namespace gradwire
