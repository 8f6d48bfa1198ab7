#include "drivers/virtio/device/guest_header.hpp"

#include <algorithm>
#include <array>

namespace ixyflow::drivers::vhost {

virtio::NetHeader copy_chain(const Chain& chain, std::uint32_t header_bytes, std::uint8_t* data) noexcept {
  std::array<std::uint8_t, sizeof(virtio::NetHeader)> header{};
  std::uint32_t have = 0;
  for (std::uint32_t i = 0; i < chain.count; ++i) {
    const auto [bytes, length] = chain.pieces[i];
    const std::uint32_t of_header = std::min(length, header_bytes - have);
    std::memcpy(header.data() + have, bytes, of_header);
    have += of_header;
    std::memcpy(data, bytes + of_header, length - of_header);
    data += length - of_header;
  }
  return read_header(header.data());
}

}  // namespace ixyflow::drivers::vhost
