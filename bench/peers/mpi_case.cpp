// One rank of Open MPI's all-reduce, for bench/peers/collectives.sh.
//
//   mpirun ... mpi_case ELEMENTS TIMES
#include <mpi.h>

#include <cstdlib>
#include <vector>

#include "collective_values.hpp"

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  if (argc != 3) return 2;
  int rank = 0;
  int ranks = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  std::vector<float> values(std::strtoull(argv[1], nullptr, 10));
  const int times = std::atoi(argv[2]);
  std::vector<double> seconds;
  for (int i = 0; i <= times; ++i) {
    fill(values, rank);
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime();
    MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_FLOAT, MPI_SUM,
                  MPI_COMM_WORLD);
    const double taken = MPI_Wtime() - start;
    if (i > 0) seconds.push_back(taken);
    if (i == 0 || i == times) check_sums(values, ranks);
  }
  if (rank == 0) print(seconds);
  MPI_Finalize();
  return 0;
}
