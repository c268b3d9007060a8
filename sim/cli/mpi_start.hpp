// Getting this command under MPI.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sim/cli/network_options.hpp"
#include "sim/cli/prepare.hpp"
#include "sim/runners/group_run.hpp"

namespace gradwire {

/// Whether mpirun, srun or another launcher of MPI has started this process.
bool started_by_mpi();

/// What a member of a group does a job of.
std::unique_ptr<GroupPlan> group_plan(const ScenarioArguments& arguments);

/// Runs `lead` in the first process of an MPI job whose others are its nodes; every process calls
/// this. When no launcher has started this one, mpirun starts this very command again, in as many
/// processes as the scenario has nodes and in place of this process. `hostfile`: on which machines,
/// as mpirun reads it; empty: on this one. Throws ScenarioError, MpiError, system_error when there
/// is no mpirun, and what `lead` throws.
void lead_by_mpi(const ScenarioArguments& scenario, const NetworkArguments& network,
                 const std::string& hostfile, const std::function<void(GroupLeader&)>& lead);

}  // namespace gradwire
