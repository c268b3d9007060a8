// The network of a scenario on this machine, built and removed by the scripts in containers/.
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "netmodel/topologies/shape.hpp"
#include "sim/hosts/command.hpp"
#include "sim/hosts/host_plan.hpp"
#include "sim/results/repeat_result.hpp"

namespace gradwire {

/// The machine does not let a network be built, or something of it failed; what() says what to do.
class TestbedError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct TestbedOptions {
  /// Names everything that is built.
  std::string run;
  /// What a host is: netns, lxc or podman.
  std::string backend = "netns";
  /// What a switch is: bridge or ovs.
  std::string switching = "bridge";
  /// With ovs: whether what the hosts send is left unshaped.
  bool open_uplinks = false;
  /// auto, tc or builtin.
  std::string shaper = "auto";
  /// With podman: what its containers have of files; empty: those of this machine.
  std::string image{};
  /// What hosts that are containers see besides.
  std::vector<std::filesystem::path> folders{};
};

/// One network at a time. It is taken down when this object goes, and by a guard of its own when
/// this process ends in any other way.
class Testbed {
 public:
  explicit Testbed(TestbedOptions options) : options_(std::move(options)) {}
  ~Testbed();
  Testbed(const Testbed&) = delete;
  Testbed& operator=(const Testbed&) = delete;

  /// Throws TestbedError when this process may not build networks.
  static void check_permission();

  /// Builds the network of a point of a scenario file with these overrides, after removing the one
  /// before; `spec` is the same network. Throws TestbedError.
  void up(const std::filesystem::path& scenario, const std::vector<std::string>& overrides,
          int point, int repeat, const NetworkSpec& spec);
  void down();
  /// Uses a network of this name that somebody else has built from the same spec, and leaves it.
  /// Throws TestbedError when there is none.
  void use(const NetworkSpec& spec);

  const HostPlan& plan() const { return plan_; }
  /// What shapes the links: tc, netem or builtin.
  const std::string& shaper() const { return shaper_; }
  /// What the network was built with.
  const std::vector<NetworkSetting>& settings() const { return settings_; }
  /// A folder that only this user can look into, while a network is up.
  std::filesystem::path state_folder() const;

  /// Where the network namespace of a node is to be found.
  std::filesystem::path namespace_of(const std::string& node) const;

  /// The command line that runs a command on a node.
  std::vector<std::string> on_node(const std::string& node,
                                   const std::vector<std::string>& command) const;

  /// Bytes that each direction of a cable has carried so far, as in plan().directions; none under
  /// the built-in switch. Throws TestbedError.
  std::vector<std::int64_t> bytes_sent() const;

  /// The processor time of the built-in switch so far.
  double switch_cpu_seconds() const;

  /// From another thread, when the process is about to end: takes the network down and keeps the
  /// others from speaking of what breaks by that.
  void abandon();
  /// Blocks for ever after abandon().
  void stop_if_abandoned() const;

 private:
  TestbedOptions options_;
  HostPlan plan_;
  std::string shaper_;
  std::vector<NetworkSetting> settings_;
  mutable std::mutex mutex_;  // of is_up_
  bool is_up_ = false;
  std::atomic<bool> abandoned_ = false;
};

/// The path of this program.
std::filesystem::path own_program();

}  // namespace gradwire
