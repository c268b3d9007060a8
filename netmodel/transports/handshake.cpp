#include "netmodel/transports/handshake.hpp"

#include <fmt/core.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/endian/conversion.hpp>
#include <vector>

#include "netmodel/check.hpp"

namespace gradwire {
namespace {

namespace asio = boost::asio;
namespace endian = boost::endian;

constexpr std::array<unsigned char, 8> kMagic = {'G', 'W', 'H', 'E', 'L', 'L', 'O', '1'};
constexpr std::size_t kNonceBytes = 16;
constexpr std::size_t kHelloBytes = kMagic.size() + 4 + kNonceBytes;

using Hello = std::array<unsigned char, kHelloBytes>;
using Proof = std::array<unsigned char, 32>;

Hello make_hello(Rank rank) {
  Hello hello{};
  std::copy(kMagic.begin(), kMagic.end(), hello.begin());
  endian::store_little_u32(hello.data() + kMagic.size(), static_cast<std::uint32_t>(rank));
  CHECK(RAND_bytes(hello.data() + kMagic.size() + 4, kNonceBytes) == 1, "no random source");
  return hello;
}

Rank rank_in(const Hello& hello) {
  if (!std::equal(kMagic.begin(), kMagic.end(), hello.begin())) {
    throw HandshakeError("the other end does not speak Gradwire's protocol");
  }
  const std::uint32_t rank = endian::load_little_u32(hello.data() + kMagic.size());
  if (rank > 0x7fffffff) throw HandshakeError(fmt::format("the other end claims rank {}", rank));
  return static_cast<Rank>(rank);
}

Proof prove(const RunSecret& secret, char role, const Hello& connector, const Hello& acceptor) {
  std::vector<unsigned char> text;
  text.push_back(static_cast<unsigned char>(role));
  text.insert(text.end(), connector.begin(), connector.end());
  text.insert(text.end(), acceptor.begin(), acceptor.end());
  Proof proof{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), text.data(), text.size(),
       proof.data(), &length);
  CHECK(length == proof.size(), "length={}", length);
  return proof;
}

void expect_equal(const Proof& proof, const Proof& expected) {
  if (CRYPTO_memcmp(proof.data(), expected.data(), proof.size()) != 0) {
    throw HandshakeError("the other end does not know the secret of this run");
  }
}

template <typename Content>
Task<Content> read(asio::ip::tcp::socket& socket) {
  Content content{};
  co_await asio::async_read(socket, asio::buffer(content), asio::use_awaitable);
  co_return content;
}

template <typename Content>
Task<void> write(asio::ip::tcp::socket& socket, Content content) {
  co_await asio::async_write(socket, asio::buffer(content), asio::use_awaitable);
}

}  // namespace

RunSecret make_run_secret() {
  RunSecret secret{};
  CHECK(RAND_bytes(secret.data(), static_cast<int>(secret.size())) == 1, "no random source");
  return secret;
}

Task<void> shake_hands_as_connector(asio::ip::tcp::socket& socket, const RunSecret& secret,
                                    Rank rank, Rank peer) {
  const Hello own = make_hello(rank);
  co_await write(socket, own);
  const Hello other = co_await read<Hello>(socket);
  const Rank answered = rank_in(other);
  if (answered != peer) {
    throw HandshakeError(fmt::format("rank {} answers where rank {} was expected", answered, peer));
  }
  co_await write(socket, prove(secret, 'c', own, other));
  const Proof proof = co_await read<Proof>(socket);
  expect_equal(proof, prove(secret, 'a', own, other));
}

Task<Rank> shake_hands_as_acceptor(asio::ip::tcp::socket& socket, const RunSecret& secret,
                                   Rank rank, int size) {
  const Hello other = co_await read<Hello>(socket);
  const Rank peer = rank_in(other);
  const Hello own = make_hello(rank);
  co_await write(socket, own);
  const Proof proof = co_await read<Proof>(socket);
  expect_equal(proof, prove(secret, 'c', other, own));
  if (peer <= rank || peer >= size) {
    throw HandshakeError(
        fmt::format("rank {} has no business to connect to rank {} of {}", peer, rank, size));
  }
  co_await write(socket, prove(secret, 'a', other, own));
  co_return peer;
}

}  // namespace gradwire
