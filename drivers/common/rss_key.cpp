#include "drivers/common/rss_key.hpp"

#include <array>

namespace ixyflow::drivers {
namespace {

using KeyBytes = std::array<std::uint8_t, kRssKeyBytes>;

constexpr KeyBytes kFullKey{0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                            0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                            0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                            0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};
constexpr KeyBytes kSymmetricKey = [] {
  KeyBytes key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = i % 2 == 0 ? 0x6d : 0x5a;
  return key;
}();

}  // namespace

std::span<const std::uint8_t, kRssKeyBytes> rss_key_bytes(RssKey key) noexcept {
  return key == RssKey::full ? kFullKey : kSymmetricKey;
}

}  // namespace ixyflow::drivers
