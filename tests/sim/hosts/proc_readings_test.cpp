// Numbers out of the texts of /proc and of nvidia-smi.
#include "sim/hosts/proc_readings.hpp"

#include <gtest/gtest.h>

namespace gradwire {
namespace {

TEST(ProcReadings, InterfacesAreSummedWithoutLo) {
  const InterfaceCounters sum = read_interfaces(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n"
      "    lo:    9000      90    0    0    0     0          0         0     9000      90    0\n"
      "  eth0:    1000      10    1    2    3     4          5         6     2000      20    0\n"
      "eth1:300       3    0    0    0     0          0         0      400       4    0\n");
  EXPECT_EQ(sum.bytes_received, 1300);
  EXPECT_EQ(sum.packets_received, 13);
  EXPECT_EQ(sum.bytes_sent, 2400);
  EXPECT_EQ(sum.packets_sent, 24);
  EXPECT_EQ(read_interfaces("").bytes_sent, 0);
}

TEST(ProcReadings, RetransmitsAreFoundByTheirName) {
  EXPECT_EQ(read_retransmits("Ip: Forwarding\n"
                             "Ip: 1\n"
                             "Tcp: RtoAlgorithm OutSegs RetransSegs InErrs\n"
                             "Tcp: 1 5000 42 7\n"
                             "Udp: InDatagrams\n"),
            42);
  EXPECT_EQ(read_retransmits("Tcp: OutSegs\nTcp: 5000\n"), 0);
  EXPECT_EQ(read_retransmits(""), 0);
}

TEST(ProcReadings, AProcessMayHaveAnyName) {
  // Words 14 and 15 are its ticks, 22 its start, 24 its pages.
  const auto use = read_process(
      "77 (a) b (c) S 4 5 6 7 8 9 10 11 12 13 100 23 16 17 18 19 20 21 999 23 2500 25\n");
  ASSERT_TRUE(use);
  EXPECT_EQ(use->cpu_ticks, 123);
  EXPECT_EQ(use->start_ticks, 999);
  EXPECT_EQ(use->memory_pages, 2500);
  EXPECT_FALSE(read_process(""));
  EXPECT_FALSE(read_process("77 (gone) Z 1"));
}

TEST(ProcReadings, GpusAreAveraged) {
  const auto use = read_gpus("100, 1024\n50, 512\n");
  ASSERT_TRUE(use);
  EXPECT_DOUBLE_EQ(use->share, 0.75);
  EXPECT_EQ(use->memory_bytes, std::int64_t{1536} << 20);
  EXPECT_FALSE(read_gpus("No devices were found\n"));
}

}  // namespace
}  // namespace gradwire
