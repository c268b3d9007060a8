#include "trainer/nn/packed_matrix.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>

#include "trainer/nn/aligned_buffer.hpp"
#include "trainer/nn/onednn.hpp"
#include "trainer/nn/transpose.hpp"

namespace gradwire {

using dnnl::memory;

template <typename Scalar>
PackedMatrix<Scalar>::PackedMatrix(int depth, int columns)
    : depth_(depth),
      columns_(columns),
      values_(static_cast<std::size_t>(depth) * static_cast<std::size_t>(columns)) {}

template <typename Scalar>
void PackedMatrix<Scalar>::set(GemmOperand<Scalar> b) {
  transposed_ = b.transposed;
  std::copy_n(b.data, values_.size(), values_.data());
}

template <typename Scalar>
void PackedMatrix<Scalar>::multiply(int rows, const Scalar* a, Scalar* c) {
  gemm<Scalar>({rows, columns_, depth_}, {a}, {values_.data(), transposed_}, c);
}

class PackedMatrix<float>::Implementation {
 public:
  Implementation(int depth, int columns)
      : depth_(depth), columns_(columns), stream_(onednn::cpu()) {}

  void set(GemmOperand<float> b) {
    if (!packed_) choose_order();
    if (in_blocks_) {
      pack(b);
      return;
    }
    memory plain(b.transposed ? matrix(memory::format_tag::ba) : matrix(memory::format_tag::ab),
                 onednn::cpu(), const_cast<float*>(b.data));
    dnnl::reorder(plain, packed_memory_).execute(stream_, plain, packed_memory_);
  }

  void multiply(int rows, const float* a, float* c) {
    auto found = by_rows_.find(rows);
    if (found == by_rows_.end()) {
      found = by_rows_.emplace(rows, Product(description(rows, packed_memory_.get_desc()))).first;
    }
    found->second.run(stream_, packed_memory_, a, c);
  }

 private:
  // The order of B is the same for all numbers of rows: the one that is best for this many.
  static constexpr int kTypicalRows = 32;
  // With AVX-512 that order is blocks of so many columns. To bring B into it here takes a fifth of
  // the time that oneDNN takes for it.
  static constexpr int kBlock = 64;

  // The product with one number of rows.
  class Product {
   public:
    explicit Product(const dnnl::matmul::primitive_desc& description)
        : primitive_(description),
          a_(onednn::memory_of(description.src_desc())),
          c_(onednn::memory_of(description.dst_desc())),
          scratchpad_(description.scratchpad_desc().get_size() / sizeof(float) + 1),
          scratchpad_memory_(description.scratchpad_desc(), onednn::cpu(), scratchpad_.data()) {}

    void run(const dnnl::stream& stream, const memory& b, const float* a, float* c) {
      a_.set_data_handle(const_cast<float*>(a));
      c_.set_data_handle(c);
      const std::array<dnnl_exec_arg_t, 4> arguments = {
          {{DNNL_ARG_SRC, a_.get()},
           {DNNL_ARG_WEIGHTS, b.get()},
           {DNNL_ARG_DST, c_.get()},
           {DNNL_ARG_SCRATCHPAD, scratchpad_memory_.get()}}};
      onednn::execute(primitive_, stream, arguments);
    }

   private:
    dnnl::matmul primitive_;
    memory a_;
    memory c_;
    AlignedBuffer<float> scratchpad_;
    memory scratchpad_memory_;
  };

  // B in some order.
  memory::desc matrix(memory::format_tag order) const {
    return {{depth_, columns_}, memory::data_type::f32, order};
  }

  dnnl::matmul::primitive_desc description(int rows, const memory::desc& b) const {
    const auto row_major = [rows](int columns) {
      return memory::desc({rows, columns}, memory::data_type::f32, memory::format_tag::ab);
    };
    return {{row_major(depth_), b, row_major(columns_)}, onednn::own_scratchpad(), onednn::cpu()};
  }

  void choose_order() {
    const memory::desc wanted =
        description(kTypicalRows, matrix(memory::format_tag::any)).weights_desc();
    packed_.emplace(wanted.get_size() / sizeof(float));
    packed_memory_ = memory(wanted, onednn::cpu(), packed_->data());
    in_blocks_ = wanted == matrix(memory::format_tag::BA16a64b) &&
                 packed_->size() == static_cast<std::size_t>(depth_) * columns_;
  }

  void pack(GemmOperand<float> b) {
    const auto block = [this](std::int64_t left) { return packed_->data() + left * depth_; };
    if (b.transposed) {
      for (std::int64_t left = 0; left < columns_; left += kBlock) {
        transpose(b.data + left * depth_, kBlock, depth_, block(left));
      }
      return;
    }
    for (std::int64_t row = 0; row < depth_; ++row) {
      for (std::int64_t left = 0; left < columns_; left += kBlock) {
        std::copy_n(b.data + row * columns_ + left, kBlock, block(left) + row * kBlock);
      }
    }
  }

  int depth_;
  int columns_;
  dnnl::stream stream_;
  // From the first set() on, which the thread that uses it calls.
  std::optional<AlignedBuffer<float>> packed_;
  memory packed_memory_;
  bool in_blocks_ = false;  // of kBlock columns, without padding
  std::map<int, Product> by_rows_;
};

PackedMatrix<float>::PackedMatrix(int depth, int columns)
    : implementation_(std::make_unique<Implementation>(depth, columns)) {}
PackedMatrix<float>::~PackedMatrix() = default;
PackedMatrix<float>::PackedMatrix(PackedMatrix&&) noexcept = default;
PackedMatrix<float>& PackedMatrix<float>::operator=(PackedMatrix&&) noexcept = default;

void PackedMatrix<float>::set(GemmOperand<float> b) { implementation_->set(b); }

void PackedMatrix<float>::multiply(int rows, const float* a, float* c) {
  implementation_->multiply(rows, a, c);
}

template class PackedMatrix<double>;

}  // namespace gradwire
