// An Ethernet device in a network namespace whose other end is this process.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

#include "netmodel/switching/packet_network.hpp"

namespace gradwire {

/// A device cannot be made; what() says where, why, and what is needed.
class TapError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Made inside the namespace; gone when this object goes, or the process however it ends.
class Tap {
 public:
  /// `network_namespace`: a name of `ip netns`, or the path of a namespace (/proc/PID/ns/net). The
  /// device gets the address and is left down. Needs CAP_SYS_ADMIN and CAP_NET_ADMIN. Throws
  /// TapError; std::invalid_argument for a device name that is too long.
  Tap(const std::string& network_namespace, const std::string& device, const MacAddress& address);
  ~Tap();
  Tap(Tap&& other) noexcept;
  Tap& operator=(Tap&&) = delete;

  int descriptor() const { return file_; }

  /// Reads a frame that the host sends into `buffer`; returns its size, 0 when none waits.
  std::size_t read(std::span<std::byte> buffer) const;

  /// The host receives a frame, unless its device is down.
  void write(std::span<const std::byte> frame) const;

 private:
  int file_ = -1;
};

}  // namespace gradwire
