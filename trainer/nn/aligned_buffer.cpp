#include "trainer/nn/aligned_buffer.hpp"

#include <sys/mman.h>

namespace gradwire {

void prefer_huge_pages(void* data, std::size_t bytes) { ::madvise(data, bytes, MADV_HUGEPAGE); }

}  // namespace gradwire
