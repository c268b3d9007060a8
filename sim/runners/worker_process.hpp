// A worker as a process of its own: one node of a scenario, told by the runner what to do.
#pragma once

#include <filesystem>

#include "netmodel/message.hpp"

namespace gradwire {

/// Connects to the runner's control socket, gets its job there (the scenario, the addresses of all
/// nodes, the secret of the run), trains, and reports. Ends the process with exit code 3 when the
/// runner has gone. Throws PeerLost, system_error, ScenarioError; the runner has been told then.
void run_worker_process(const std::filesystem::path& control_socket, Rank rank);

}  // namespace gradwire
