// Workers joined by MPI, which brings its own processes, networks and addresses. Only
// mpi_transport.cpp includes <mpi.h>; a build without MPI has mpi_missing.cpp in its place.
//
// Messages travel point to point: a frame's header (frame.hpp), then its payload, under MPI tags of
// their own for each pair of ranks. No collective of MPI is used, so that sums keep the order that
// a schedule gives them.
//
// MPI has no descriptor to wait for: each transport polls, at first without a pause (it gives the
// core to others in between), later in intervals that grow with the time that nothing has happened,
// up to 200 us.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <stdexcept>

#include "netmodel/transports/group_transport.hpp"

namespace gradwire {

/// MPI is missing, or a call of it has failed; what() says which and why.
class MpiError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct MpiOptions {
  Rank rank = 0;
  int size = 1;
  /// Transports that exist at the same time have different ones. At most kMpiChannels - 1.
  int channel = 0;
  /// In which process of MPI a rank lives; none: rank r in process r.
  std::function<int(Rank)> process_of;
  /// Payload of the largest message; MPI counts bytes by 31 bits.
  Bytes largest_message{1LL << 30};
};

inline constexpr int kMpiChannels = 2;

/// This process's part in an MPI job, from MPI_Init to MPI_Finalize. At most one a process; used by
/// one thread at a time.
class MpiSession {
 public:
  /// Throws MpiError when this program was built without MPI.
  static void check_available();

  /// Throws MpiError.
  static std::unique_ptr<MpiSession> start();

  /// Ends it together with all other processes; every transport is gone by then.
  virtual ~MpiSession() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// `clock` and the session outlive the transport. Nothing needs to be awaited before it is used.
  /// Losing a process of the job ends the job, as MPI defines it; a peer that aborts its transport
  /// is lost to the others as everywhere. Throws MpiError when the ranks are too many for MPI's
  /// tags.
  virtual std::unique_ptr<GroupTransport> make_transport(boost::asio::any_io_executor executor,
                                                         Clock& clock, MpiOptions options) = 0;

  /// Ends every process of the job at once.
  [[noreturn]] virtual void abort(int exit_code) = 0;
};

}  // namespace gradwire
