#include "sim/fetch/checksum.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <vector>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

const EVP_MD* digest_of(const std::string& algorithm) {
  if (algorithm == "sha256") return EVP_sha256();
  if (algorithm == "md5") return EVP_md5();
  throw std::invalid_argument(
      fmt::format("checksum algorithm {}; allowed: sha256, md5", algorithm));
}

}  // namespace

std::string file_checksum(const std::filesystem::path& file, const std::string& algorithm) {
  const EVP_MD* digest = digest_of(algorithm);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  CHECK(context != nullptr && EVP_DigestInit_ex(context.get(), digest, nullptr) == 1,
        "no digest {}", algorithm);
  std::ifstream stream(file, std::ios::binary);
  std::vector<char> block(std::size_t{1} << 16);
  while (stream) {
    stream.read(block.data(), static_cast<std::streamsize>(block.size()));
    CHECK(EVP_DigestUpdate(context.get(), block.data(),
                           static_cast<std::size_t>(stream.gcount())) == 1);
  }
  if (!stream.eof()) {
    throw std::runtime_error(fmt::format("{}: cannot be read", file.string()));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(context.get(), bytes.data(), &size) == 1);
  std::string digits;
  for (unsigned i = 0; i < size; ++i) digits += fmt::format("{:02x}", bytes[i]);
  return digits;
}

}  // namespace gradwire
