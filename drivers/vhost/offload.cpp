#include "drivers/vhost/offload.hpp"

#include <algorithm>
#include <array>

#include "core/base/big_endian.hpp"
#include "core/net/checksum.hpp"

namespace ixyflow::drivers::vhost {

bool complete_checksum(std::span<std::uint8_t> frame, const virtio::NetHeader& header) noexcept {
  constexpr std::uint16_t kUdpOffset = 6;  // of the checksum in a UDP header
  const std::size_t start = header.checksum_start;
  const std::size_t field = start + header.checksum_offset;
  if (start < kShortestFrame || field + 2 > frame.size()) return false;
  auto sum = static_cast<std::uint16_t>(~checksum_add(0, frame.subspan(start)));
  // RFC 768: 0 says that there is none.
  if (sum == 0 && header.checksum_offset == kUdpOffset) sum = 0xffff;
  frame[field] = static_cast<std::uint8_t>(sum >> 8);
  frame[field + 1] = static_cast<std::uint8_t>(sum);
  return true;
}

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
