// Memory for numbers that are computed with: zeroed, and aligned to a cache line.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>

namespace gradwire {

/// A fixed number of scalars. The alignment is that of the widest vector registers, and always the
/// same, because vectorised loops treat an unaligned head differently, down to the last bits.
template <typename Scalar>
class AlignedBuffer {
 public:
  static constexpr std::size_t kAlignment = 64;

  explicit AlignedBuffer(std::size_t size)
      : size_(size),
        data_(static_cast<Scalar*>(
            ::operator new(size * sizeof(Scalar), std::align_val_t(kAlignment)))) {
    std::fill_n(data_.get(), size, Scalar(0));
  }

  std::size_t size() const { return size_; }
  Scalar* data() { return data_.get(); }
  const Scalar* data() const { return data_.get(); }
  std::span<Scalar> span() { return {data_.get(), size_}; }

 private:
  struct Release {
    void operator()(Scalar* data) const { ::operator delete(data, std::align_val_t(kAlignment)); }
  };

  std::size_t size_;
  std::unique_ptr<Scalar[], Release> data_;
};

}  // namespace gradwire
