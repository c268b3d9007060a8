// One function object out of several: what std::visit() calls, a case for each alternative.
#pragma once

namespace gradwire {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace gradwire
