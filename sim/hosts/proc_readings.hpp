// What the kernel says of processes and interfaces in its text files, and nvidia-smi of GPUs. Pure:
// from texts to numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gradwire {

struct InterfaceCounters {
  std::int64_t bytes_received = 0;
  std::int64_t packets_received = 0;
  std::int64_t bytes_sent = 0;
  std::int64_t packets_sent = 0;
};

/// The sums over all interfaces but lo of a /proc/net/dev.
InterfaceCounters read_interfaces(const std::string& text);

/// Segments that TCP has sent again, of a /proc/net/snmp; 0 if it does not say.
std::int64_t read_retransmits(const std::string& text);

struct ProcessUse {
  std::int64_t cpu_ticks = 0;     ///< of its own, without its children
  std::int64_t memory_pages = 0;  ///< resident
  std::int64_t start_ticks = 0;   ///< when it began, which tells it from a later one of its number
};

/// Of a /proc/PID/stat; none if the text is not one.
std::optional<ProcessUse> read_process(const std::string& text);

struct GpuUse {
  double share = 0.0;  ///< mean over the GPUs; 1: busy
  std::int64_t memory_bytes = 0;
};

/// Of lines "utilization in percent, used MiB", one a GPU; none if there is no such line.
std::optional<GpuUse> read_gpus(const std::string& text);

}  // namespace gradwire
