#pragma once

#include <bit>
#include <cstdint>

namespace ixyflow::drivers::virtio {

static_assert(std::endian::native == std::endian::little,
              "virtio is little-endian, and so are legacy devices of little-endian machines");

/// What stands in front of every frame (virtio 1.2, 5.1.6). Legacy devices without MRG_RXBUF leave the last
/// field out (5.1.6.1).
struct NetHeader {
  std::uint8_t flags = 0;
  std::uint8_t gso_type = 0;
  std::uint16_t header_length = 0;
  std::uint16_t gso_size = 0;
  std::uint16_t checksum_start = 0;   ///< with kNeedsChecksum: where summing begins, from the frame's start
  std::uint16_t checksum_offset = 0;  ///< with kNeedsChecksum: where the sum goes, from checksum_start
  std::uint16_t buffers = 0;          ///< num_buffers: that the frame came in, this one included

  static constexpr std::uint8_t kNeedsChecksum = 1;  ///< flags: VIRTIO_NET_HDR_F_NEEDS_CSUM
  static constexpr std::uint8_t kDataValid = 2;      ///< flags: the device has found the checksums right
};
static_assert(sizeof(NetHeader) == 12);

inline constexpr std::uint32_t kWholeHeader = sizeof(NetHeader);
inline constexpr std::uint32_t kShortHeader = 10;  ///< bytes of the header without its last field

}  // namespace ixyflow::drivers::virtio
