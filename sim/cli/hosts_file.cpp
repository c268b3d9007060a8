#include "sim/cli/hosts_file.hpp"

#include <fmt/format.h>

#include <boost/algorithm/hex.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "sim/cli/prepare.hpp"
#include "sim/fetch/checksum.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kDefaultPort = 50'501;
constexpr int kLastPort = 65'534;  // the one after it is used, too
constexpr std::uintmax_t kSecretMin = 16;

tcp::endpoint parse(const std::string& line, const std::string& where) {
  std::istringstream words(line);
  std::string name;
  int port = kDefaultPort;
  words >> name;
  if (words >> std::ws; !words.eof()) {
    std::string rest;
    words >> port >> rest;
    if (words.bad() || !rest.empty() || port < 1 || port > kLastPort) {
      throw UsageError(
          fmt::format("{}: '{}': allowed: an address or a name, and a port from 1 to {}", where,
                      line, kLastPort));
    }
  }
  asio::io_context context;
  boost::system::error_code error;
  const auto found = tcp::resolver(context).resolve(name, std::to_string(port),
                                                    tcp::resolver::numeric_service, error);
  if (error) {
    throw UsageError(
        fmt::format("{}: '{}': {}; allowed: an address, or a name that this machine "
                    "knows",
                    where, name, error.message()));
  }
  return *found.begin();
}

}  // namespace

std::vector<tcp::endpoint> read_hosts(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) throw UsageError(fmt::format("{}: cannot read", file.string()));
  std::vector<tcp::endpoint> hosts;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    const std::string where = fmt::format("{}:{}", file.string(), ++number);
    line.erase(std::min(line.find('#'), line.size()));
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const tcp::endpoint& host = hosts.emplace_back(parse(line, where));
    for (std::size_t other = 0; other + 1 < hosts.size(); ++other) {
      if (hosts[other].address() == host.address() &&
          std::abs(int{hosts[other].port()} - int{host.port()}) < 2) {
        throw UsageError(
            fmt::format("{}: has the address and the ports of rank {}; allowed: ports "
                        "that differ by 2 or more",
                        where, other));
      }
    }
  }
  if (hosts.size() < 2) {
    throw UsageError(fmt::format("{}: {} of them; allowed: two machines or more, one a line",
                                 file.string(), hosts.size()));
  }
  return hosts;
}

RunSecret read_secret(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  const std::uintmax_t size = error ? 0 : std::filesystem::file_size(file, error);
  if (error) throw UsageError(fmt::format("{}: {}", file.string(), error.message()));
  using std::filesystem::perms;
  if ((status.permissions() & (perms::group_all | perms::others_all)) != perms::none) {
    throw UsageError(fmt::format("{}: others may use this file; allowed: chmod 600 {}",
                                 file.string(), file.string()));
  }
  if (size < kSecretMin) {
    throw UsageError(
        fmt::format("{}: {} bytes; allowed: {} or more, for example by head -c 32 "
                    "/dev/urandom > {}",
                    file.string(), size, kSecretMin, file.string()));
  }
  const std::string digest = file_checksum(file, "sha256");
  RunSecret secret{};
  boost::algorithm::unhex(digest.begin(), digest.end(), secret.begin());
  return secret;
}

}  // namespace gradwire
