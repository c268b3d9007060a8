// The long short-term memory: Hochreiter, Schmidhuber, "Long short-term memory", Neural Computation
// 1997, with the forget gate of Gers, Schmidhuber, Cummins, 2000, and no peepholes: torch.nn.LSTM.
#pragma once

#include <memory>
#include <vector>

#include "trainer/nn/aligned_buffer.hpp"
#include "trainer/nn/layer.hpp"
#include "trainer/nn/packed_matrix.hpp"
#include "trainer/nn/sequence_mask.hpp"

namespace gradwire {

/// Reads a sequence of vectors and gives its last hidden state. From h = c = 0, for each place:
///   [i f g o] = x Wx + h Wh + b;  c = sigmoid(f) c + sigmoid(i) tanh(g);  h = sigmoid(o) tanh(c).
/// Where the mask has no word, h and c stay. Parameters: Wx, width x 4 units; Wh, units x 4 units;
/// b, 4 units.
template <typename Scalar>
class Lstm final : public Layer<Scalar> {
 public:
  struct Options {
    int width;  ///< of a vector of the sequence
    int units;
    int max_rows;
  };

  Lstm(const Options& options, std::shared_ptr<const SequenceMask> mask);

  int inputs() const override { return mask_->length() * options_.width; }
  int outputs() const override { return options_.units; }
  std::int64_t parameter_count() const override { return layout_.end; }

  void bind(const LayerMemory<Scalar>& memory) override;

  /// Weights uniform between -+1 / sqrt(units), as torch.nn.LSTM; biases 0, and 1 for the forget
  /// gate (Jozefowicz, Zaremba, Sutskever, "An empirical exploration of recurrent network
  /// architectures", ICML 2015, section 2.2).
  void initialise(RandomEngine& engine) override;

  void forward(const ForwardPass<Scalar>& pass) override;
  void backward(const BackwardPass<Scalar>& pass) override;

 private:
  // Where the parameters begin.
  struct Layout {
    std::int64_t biases;
    std::int64_t end;
  };
  // The rows of a place up to the last that has a word there. What comes after them keeps its state
  // and costs nothing: with the longest rows first, padding is never computed.
  struct Place {
    int place;
    int rows;
    std::int64_t begin;  // of these rows among those of all places
  };

  void find_words(int rows);
  void take_step(const Place& at, const Scalar* inputs);
  void undo_gates(const Place& at);
  void undo_step(const Place& at, Scalar* input_gradient);
  void clear_gaps(int rows, Scalar* input_gradient) const;

  Options options_;
  std::shared_ptr<const SequenceMask> mask_;
  Layout layout_;
  Scalar* parameters_ = nullptr;
  Scalar* gradients_ = nullptr;
  // Of the last forward pass, all by places, then the rows of each.
  std::vector<Place> places_;
  std::int64_t all_rows_ = 0;     // of all places together
  AlignedBuffer<Scalar> before_;  // x, then h before the place: what the weights multiply
  AlignedBuffer<Scalar> gates_;   // i f g o after their functions; then the gradients before them
  AlignedBuffer<Scalar> cells_before_;
  AlignedBuffer<Scalar> cell_tanhs_;  // of the cells after the place
  // Of one place, by rows.
  AlignedBuffer<Scalar> hidden_;
  AlignedBuffer<Scalar> cells_;
  AlignedBuffer<Scalar> hidden_gradient_;
  AlignedBuffer<Scalar> cell_gradient_;
  AlignedBuffer<Scalar> before_gradient_;
  // Wx above Wh, and their transpose.
  PackedMatrix<Scalar> weights_;
  PackedMatrix<Scalar> back_weights_;
};

}  // namespace gradwire
