#include "trainer/nn/onednn.hpp"

#include "netmodel/check.hpp"

namespace gradwire::onednn {

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::memory memory_of(const dnnl::memory::desc& description) {
  return {description, cpu(), DNNL_MEMORY_NONE};
}

dnnl::primitive_attr own_scratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

void execute(const dnnl::primitive& primitive, const dnnl::stream& stream,
             std::span<const dnnl_exec_arg_t> arguments) {
  const dnnl_status_t status = dnnl_primitive_execute(
      primitive.get(), stream.get(), static_cast<int>(arguments.size()), arguments.data());
  CHECK(status == dnnl_success, "dnnl_primitive_execute: status {}", static_cast<int>(status));
}

}  // namespace gradwire::onednn
