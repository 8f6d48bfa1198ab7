#pragma once

#include <cstdint>

#include "tools/ixgbe-model/card/frame/frame.hpp"
#include "tools/ixgbe-model/card/queue/descriptor_ring.hpp"
#include "tools/ixgbe-model/card/receive/queue_choice.hpp"

namespace ixyflow::model {

/// An error bit of the advanced format, RXE: any error that the MAC found.
inline constexpr std::uint32_t kMacError = 1U << 29;

/// What a receive descriptor says of a frame; of several descriptors, the last has all of it.
struct Report {
  FrameInfo info;
  Choice choice;
  ChecksumReport checksums;
  std::uint32_t errors = 0;        ///< bits 31:20 of the status word, in place
  std::uint16_t fragment_sum = 0;  ///< with RXCSUM.PCSD = 0
  bool hash_instead = false;       ///< RXCSUM.PCSD
  bool udp_sum_present = false;    ///< the first fragment of a UDP packet with a checksum
  bool inexact = false;
  bool stripped = false;
  bool stamped = false;            ///< its time stands in RXSTMP
  std::uint16_t header_bytes = 0;  ///< split off; 0: not split
};

/// The write-back format of an advanced descriptor (7.1.6.2): what the card writes over what the driver gave,
/// with DD set. `length` is what this descriptor's buffer holds.
[[nodiscard]] Descriptor advanced_write_back(const Report& report, std::uint32_t length, bool last) noexcept;

/// The legacy format (7.1.5): the buffer address stays.
[[nodiscard]] Descriptor legacy_write_back(const Report& report, std::uint64_t address, std::uint32_t length,
                                           bool last) noexcept;

}  // namespace ixyflow::model
