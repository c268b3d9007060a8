// Memory for numbers that are computed with: zeroed, and aligned to a cache line.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>

namespace gradwire {

/// Asks the kernel to back as much of this memory as it can with huge pages (Linux, "Transparent
/// hugepage support"). It may not: nothing but the time depends on it.
void prefer_huge_pages(void* data, std::size_t bytes);

/// A fixed number of scalars. The alignment is at least that of the widest vector registers,
/// always, because vectorised loops treat an unaligned head differently, down to the last bits.
/// What fills huge pages begins with one: a step that walks through all parameters once would
/// otherwise wait for the address of each page.
template <typename Scalar>
class AlignedBuffer {
 public:
  static constexpr std::size_t kAlignment = 64;
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;

  explicit AlignedBuffer(std::size_t size) : size_(size), data_(allocate(size * sizeof(Scalar))) {
    std::fill_n(data_.get(), size, Scalar(0));
  }

  std::size_t size() const { return size_; }
  Scalar* data() { return data_.get(); }
  const Scalar* data() const { return data_.get(); }
  std::span<Scalar> span() { return {data_.get(), size_}; }

 private:
  struct Release {
    std::align_val_t alignment;
    void operator()(Scalar* data) const { ::operator delete(data, alignment); }
  };
  using Memory = std::unique_ptr<Scalar[], Release>;

  static Memory allocate(std::size_t bytes) {
    const bool is_huge = bytes >= kHugePage;
    const std::align_val_t alignment{is_huge ? kHugePage : kAlignment};
    void* const data = ::operator new(bytes, alignment);
    if (is_huge) prefer_huge_pages(data, bytes);
    return {static_cast<Scalar*>(data), Release{alignment}};
  }

  std::size_t size_;
  Memory data_;
};

}  // namespace gradwire
