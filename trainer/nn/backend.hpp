// The library that does the matrix products: how many threads it uses, and which instructions.
//
// Both decide the order of its sums, hence the last bits of every result: a run pins the threads
// and records the instructions.
#pragma once

#include <string>

namespace gradwire {

/// Sets how many threads the products of the calling thread use from now on. One is right for a
/// worker that shares its machine: more wait for each other, spinning, whenever a neighbour takes a
/// core. Throws std::invalid_argument for count < 1.
void use_threads(int count);

/// The instruction set that the products use here, "avx2" or "avx512_core_bf16"; the environment
/// variable ONEDNN_MAX_CPU_ISA lowers it.
std::string isa_name();

}  // namespace gradwire
