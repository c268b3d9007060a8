#include "sim/hosts/host_settings.hpp"

#include <filesystem>

namespace gradwire {
namespace {

namespace fs = std::filesystem;

// Where the weights are, and where they really are if links lead to them.
void add_folders_of(const fs::path& weights, std::vector<std::string>& folders) {
  std::error_code ignored;
  const fs::path given = fs::absolute(weights);
  for (const fs::path& path : {given, fs::weakly_canonical(given, ignored)}) {
    folders.push_back(fs::is_directory(path, ignored) ? path : path.parent_path());
  }
}

HostLimits limits_of(const Scenario::Nodes& nodes, std::size_t rank) {
  HostLimits limits;
  // A worker has one thread: a whole core or more is no limit.
  if (nodes.cores < 1.0) limits.cores = nodes.cores;
  limits.cpus = nodes.cpus;
  if (!nodes.shares.empty()) {
    limits.shares = nodes.shares.size() == 1 ? nodes.shares.front() : nodes.shares[rank];
  }
  limits.memory = nodes.memory;
  return limits;
}

}  // namespace

HostSettings host_settings(const std::string& name, const Scenario& scenario) {
  HostSettings settings;
  settings.scenario = name;
  if (!scenario.data.folder.empty()) settings.folders.push_back(fs::absolute(scenario.data.folder));
  if (scenario.model.weights) add_folders_of(scenario.model.weights->path, settings.folders);
  settings.tcp = scenario.network.transport.tcp;
  for (std::size_t rank = 0; rank < static_cast<std::size_t>(scenario.network.nodes); ++rank) {
    settings.limits.push_back(limits_of(scenario.nodes, rank));
  }
  return settings;
}

}  // namespace gradwire
