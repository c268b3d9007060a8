// How two workers convince each other that they belong to the same run, before any frame is read.
//
// Both ends know the secret of the run. The one that connects sends a hello (magic "GWHELLO1", its
// rank, a random nonce), the one that accepts answers with a hello of its own; then each proves
// that it knows the secret by HMAC-SHA-256 over its role, both ranks and both nonces. A proof
// cannot be replayed, because both nonces are new, nor reflected, because it names the role. The
// secret itself never travels.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "netmodel/message.hpp"
#include "netmodel/task.hpp"

namespace gradwire {

/// The other end is not of this run; what() says why, and never contains the secret.
class HandshakeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Known to every worker of a run and to nobody else.
using RunSecret = std::array<unsigned char, 32>;

/// From the operating system's random source.
RunSecret make_run_secret();

/// Connects as `rank` to `peer`. Throws HandshakeError, or system_error when the connection breaks.
Task<void> shake_hands_as_connector(boost::asio::ip::tcp::socket& socket, const RunSecret& secret,
                                    Rank rank, Rank peer);

/// Accepts as `rank`, and returns who has connected: a rank in (rank, size).
Task<Rank> shake_hands_as_acceptor(boost::asio::ip::tcp::socket& socket, const RunSecret& secret,
                                   Rank rank, int size);

}  // namespace gradwire
