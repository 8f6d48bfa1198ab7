#include "drivers/common/rss_key.hpp"

#include <catch2/catch.hpp>

#include "tests/support/frames.hpp"

namespace ixyflow::test {
namespace {

using drivers::rss_key_bytes;

/// Toeplitz as it is defined: for every set bit of the input, from the left, XOR the 32 bits of the key that
/// start there.
std::uint32_t toeplitz(RssKey key, const Bytes& input) {
  const auto bytes = rss_key_bytes(key);
  const auto key_bit = [&](std::size_t i) { return std::uint32_t{bytes[i / 8]} >> (7 - i % 8) & 1U; };
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < 8 * input.size(); ++i) {
    if ((input[i / 8] >> (7 - i % 8) & 1) == 0) continue;
    for (std::size_t bit = 0; bit < 32; ++bit) hash ^= key_bit(i + bit) << (31 - bit);
  }
  return hash;
}

}  // namespace

TEST_CASE("the full RSS key gives the hashes of the data sheet") {
  // 82599, 7.1.2.8.3: 66.9.149.187:2794 to 161.142.100.80:1766, and 199.92.111.2:14230 to 65.69.140.83:4739
  CHECK(toeplitz(RssKey::full, {66, 9, 149, 187, 161, 142, 100, 80, 0x0a, 0xea, 0x06, 0xe6}) == 0x51ccc178);
  CHECK(toeplitz(RssKey::full, {199, 92, 111, 2, 65, 69, 140, 83, 0x37, 0x96, 0x12, 0x83}) == 0xc626b0ea);
}

TEST_CASE(
    "the symmetric RSS key gives both directions of a connection the same hash, the full one does not") {
  const Bytes there{66, 9, 149, 187, 161, 142, 100, 80, 0x0a, 0xea, 0x06, 0xe6};
  const Bytes back{161, 142, 100, 80, 66, 9, 149, 187, 0x06, 0xe6, 0x0a, 0xea};
  CHECK(toeplitz(RssKey::symmetric, there) == toeplitz(RssKey::symmetric, back));
  CHECK(toeplitz(RssKey::full, there) != toeplitz(RssKey::full, back));
}

}  // namespace ixyflow::test
