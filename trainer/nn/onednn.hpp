// What all users of oneDNN's primitives have in common.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <span>

namespace gradwire::onednn {

/// The one engine: this processor.
const dnnl::engine& cpu();

/// Memory as described, which gets its address before it is used.
dnnl::memory memory_of(const dnnl::memory::desc& description);

/// For primitives whose scratchpad is an argument: oneDNN's own would be shared by all threads that
/// run a primitive made by one of them.
dnnl::primitive_attr own_scratchpad();

/// As dnnl::primitive::execute, without a container that is made for each call. The stream's and
/// the arguments' owners live meanwhile.
void execute(const dnnl::primitive& primitive, const dnnl::stream& stream,
             std::span<const dnnl_exec_arg_t> arguments);

}  // namespace gradwire::onednn
