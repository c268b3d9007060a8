// The machines of a group that is started by hand, and the secret that they share.
#pragma once

#include <filesystem>
#include <vector>

#include "netmodel/transports/tcp_transport.hpp"

namespace gradwire {

/// One machine a line, by rank: an IPv4 or IPv6 address or a name, and a port after a space
/// (default 50501, as in the VNX experiment). Empty lines and what follows a # count for nothing.
/// Workers use the port after it, too. Throws UsageError naming the line, also for a name that
/// is not known and for machines that are in each other's way.
std::vector<TcpTransport::Endpoint> read_hosts(const std::filesystem::path& file);

/// The SHA-256 of the file's content. Throws UsageError when there is too little of it, or when
/// others than the owner may read it.
RunSecret read_secret(const std::filesystem::path& file);

}  // namespace gradwire
