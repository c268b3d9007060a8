#include "netmodel/transports/mpi_transport.hpp"

namespace gradwire {

void MpiSession::check_available() {
  throw MpiError(
      "this program was built without MPI; install the packages libopenmpi-dev and openmpi-bin and "
      "build it again, or use another mode");
}

std::unique_ptr<MpiSession> MpiSession::start() {
  check_available();
  return nullptr;
}

}  // namespace gradwire
