// The arithmetic of a node: work that is really done, and the time that it takes there.
#pragma once

#include <functional>
#include <optional>

#include "netmodel/task.hpp"
#include "netmodel/transport.hpp"
#include "netmodel/units.hpp"

namespace gradwire {

class Compute {
 public:
  virtual ~Compute() = default;

  /// Does `work` (which may be empty) and calls `done` when the node has finished it, from the
  /// thread of the node's coroutines and never before returning. `cost` is what the work takes on
  /// one core of a node of speed 1; where the machine is real, the work takes the time it takes. A
  /// node has one thread: it starts nothing before the last work is done. `work` does not throw.
  virtual void start(Duration cost, std::function<void()> work, std::function<void()> done) = 0;

  /// How long start() takes without work, if that is known beforehand (then for any cost), because
  /// nothing else can slow the node down; whoever asks may then just let the time pass, as long as
  /// the node starts nothing else meanwhile.
  virtual std::optional<Duration> duration(Duration /*cost*/) const { return std::nullopt; }

  /// The same as start() for a coroutine; throws what the work throws, when the node has finished.
  /// Not interrupted when cancelled: the work uses the caller's memory.
  Task<void> run(Duration cost, std::function<void()> work);
};

/// Sums on a node's processor.
class ComputeReducer final : public Reducer {
 public:
  /// `rate`: bits of arriving data that are summed in a second; none where the machine is real.
  ComputeReducer(Compute& compute, std::optional<BitsPerSecond> rate)
      : compute_(compute), rate_(rate) {}

  std::optional<Duration> duration(Bytes amount) const override;
  void start(Bytes amount, std::function<void()> work, std::function<void()> done) override;

 private:
  Duration cost_of(Bytes amount) const;

  Compute& compute_;
  std::optional<BitsPerSecond> rate_;
};

}  // namespace gradwire
