// One rank of Gloo's ring all-reduce over TCP, for bench/peers/collectives.sh.
//
//   gloo_case RANK RANKS ELEMENTS TIMES FOLDER INTERFACE     the ranks meet in the folder
#include <gloo/allreduce.h>
#include <gloo/barrier.h>
#include <gloo/math.h>
#include <gloo/rendezvous/context.h>
#include <gloo/rendezvous/file_store.h>
#include <gloo/transport/tcp/device.h>

#include <chrono>
#include <cstdlib>
#include <vector>

#include "collective_values.hpp"

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  const int rank = std::atoi(argv[1]);
  const int ranks = std::atoi(argv[2]);
  std::vector<float> values(std::strtoull(argv[3], nullptr, 10));
  const int times = std::atoi(argv[4]);
  gloo::transport::tcp::attr attr;
  attr.iface = argv[6];
  auto device = gloo::transport::tcp::CreateDevice(attr);
  gloo::rendezvous::FileStore store(argv[5]);
  auto context = std::make_shared<gloo::rendezvous::Context>(rank, ranks);
  context->connectFullMesh(store, device);

  gloo::AllreduceOptions options(context);
  options.setAlgorithm(gloo::AllreduceOptions::Algorithm::RING);
  options.setOutput(values.data(), values.size());
  options.setReduceFunction(
      static_cast<void (*)(void*, const void*, const void*, std::size_t)>(&gloo::sum<float>));
  gloo::BarrierOptions together(context);
  std::vector<double> seconds;
  for (int i = 0; i <= times; ++i) {
    fill(values, rank);
    gloo::barrier(together);
    const auto start = std::chrono::steady_clock::now();
    gloo::allreduce(options);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    if (i > 0) seconds.push_back(taken.count());
    if (i == 0 || i == times) check_sums(values, ranks);
  }
  if (rank == 0) print(seconds);
  return 0;
}
