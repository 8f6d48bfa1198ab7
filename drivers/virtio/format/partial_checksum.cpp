#include "drivers/virtio/format/partial_checksum.hpp"

#include <cstddef>
#include <cstring>

#include "core/base/big_endian.hpp"
#include "core/net/checksum.hpp"
#include "core/net/headers.hpp"

namespace ixyflow::drivers::virtio {

bool complete_partial_checksum(std::span<std::uint8_t> frame, const NetHeader& header) noexcept {
  const std::size_t start = header.checksum_start;
  const std::size_t field = start + header.checksum_offset;
  if (start < sizeof(EtherHeader) || field + sizeof(Be16) > frame.size()) return false;
  std::uint16_t sum = internet_checksum(frame.subspan(start));
  // RFC 768: 0 says that there is none.
  if (sum == 0 && header.checksum_offset == offsetof(UdpHeader, checksum)) sum = 0xffff;
  const Be16 checksum(sum);
  std::memcpy(&frame[field], &checksum, sizeof checksum);
  return true;
}

}  // namespace ixyflow::drivers::virtio
