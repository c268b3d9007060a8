// What machine this is, for the record.
#pragma once

#include <string>

namespace gradwire {

/// JSON on one line: processor, cores, memory, instruction set of the products, kernel, compiler.
std::string describe_machine();

/// Cores that this process may use.
int usable_cores();

}  // namespace gradwire
