#include "netmodel/switching/tap.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace gradwire {

namespace {

// Frames that wait for us before the kernel drops some: 12 ms of 1 Gbit/s.
constexpr int kTransmitQueue = 1000;

// A file descriptor that is closed at the end of its block.
class File {
 public:
  explicit File(int file) : file_(file) {}
  ~File() {
    if (file_ >= 0) ::close(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return file_; }
  int release() { return std::exchange(file_, -1); }

 private:
  int file_;
};

int must(int result, const std::string& what) {
  if (result < 0) {
    throw TapError(fmt::format("{}: {}", what, std::generic_category().message(errno)));
  }
  return result;
}

// This thread is in another network namespace while it lives.
class InNamespace {
 public:
  explicit InNamespace(const std::string& name)
      : home_(must(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "own namespace")) {
    const std::string path = name.find('/') == std::string::npos ? "/run/netns/" + name : name;
    const File there(must(::open(path.c_str(), O_RDONLY | O_CLOEXEC), path));
    must(::setns(there.get(), CLONE_NEWNET), "entering the network namespace " + path);
  }
  ~InNamespace() { ::setns(home_.get(), CLONE_NEWNET); }
  InNamespace(const InNamespace&) = delete;
  InNamespace& operator=(const InNamespace&) = delete;

 private:
  File home_;
};

ifreq request_for(const std::string& device) {
  ifreq request{};
  if (device.empty() || device.size() >= sizeof(request.ifr_name)) {
    throw std::invalid_argument(
        fmt::format("'{}': not the name of a device; allowed: 1 to {} characters", device,
                    sizeof(request.ifr_name) - 1));
  }
  std::memcpy(request.ifr_name, device.data(), device.size());
  return request;
}

void set_address_and_queue(const std::string& device, const MacAddress& address) {
  const File socket(must(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  ifreq request = request_for(device);
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  std::memcpy(request.ifr_hwaddr.sa_data, address.data(), address.size());
  must(::ioctl(socket.get(), SIOCSIFHWADDR, &request), device + ": setting its address");
  request = request_for(device);
  request.ifr_qlen = kTransmitQueue;
  must(::ioctl(socket.get(), SIOCSIFTXQLEN, &request), device + ": setting its queue");
}

}  // namespace

Tap::Tap(const std::string& network_namespace, const std::string& device,
         const MacAddress& address) {
  const InNamespace inside(network_namespace);
  File file(must(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK), "/dev/net/tun"));
  ifreq request = request_for(device);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  must(::ioctl(file.get(), TUNSETIFF, &request),
       fmt::format("making the device {} in {}", device, network_namespace));
  set_address_and_queue(device, address);
  file_ = file.release();
}

Tap::~Tap() {
  if (file_ >= 0) ::close(file_);
}

Tap::Tap(Tap&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

std::size_t Tap::read(std::span<std::byte> buffer) const {
  const ssize_t size = ::read(file_, buffer.data(), buffer.size());
  // A device that is down has nothing to say.
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

void Tap::write(std::span<const std::byte> frame) const {
  [[maybe_unused]] const ssize_t ignored = ::write(file_, frame.data(), frame.size());
}

}  // namespace gradwire
