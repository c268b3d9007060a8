// A node's processor for callers that do not wait for each other: one thing after the other, in the
// order in which they were asked for.
#pragma once

#include <deque>

#include "trainer/compute.hpp"

namespace gradwire {

class ComputeInTurn final : public Compute {
 public:
  /// `compute` outlives it; nobody else uses that one meanwhile.
  explicit ComputeInTurn(Compute& compute) : compute_(compute) {}

  /// May be called before what was started last is done.
  void start(Duration cost, std::function<void()> work, std::function<void()> done) override;

 private:
  struct Waiting {
    Duration cost{};
    std::function<void()> work;
    std::function<void()> done;
  };

  void start_next();

  Compute& compute_;
  std::deque<Waiting> waiting_;  // the first one is being computed
};

}  // namespace gradwire
