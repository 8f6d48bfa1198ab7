#pragma once

#include <bit>
#include <cstdint>

namespace ixyflow::drivers::ixgbe {

// Descriptors are two little-endian 64-bit words. Of a receive descriptor the device writes both back, of a
// transmit descriptor none (head write-back). They are read and written as whole words, each once: this is
// what the CPU does fastest, and what a device that misbehaves cannot change between two looks.

/// Advanced receive descriptor (data sheet 7.1.6): what we write is the address of a buffer and 64 bits of 0
/// (there is no header buffer); what the device writes back is this.
struct alignas(16) ReceiveDescriptor {
  std::uint64_t address = 0;  ///< written back: RSS type, packet type, and the hash in the upper half
  std::uint32_t status = 0;   ///< extended status in bits 0 to 19, errors above
  std::uint16_t length = 0;
  std::uint16_t vlan = 0;
};
static_assert(sizeof(ReceiveDescriptor) == 16);

/// A copy of what the device has written back, of which each word is read once.
[[nodiscard]] inline ReceiveDescriptor read_descriptor(const ReceiveDescriptor& place) noexcept {
  struct Words {
    std::uint64_t address;
    std::uint64_t rest;
  };
  // `read_once` would lose what it may alias.
  using Word __attribute__((may_alias)) = std::uint64_t;
  const auto* const word = reinterpret_cast<const volatile Word*>(&place);
  return std::bit_cast<ReceiveDescriptor>(Words{word[0], word[1]});
}

namespace rx {
// ReceiveDescriptor::address, written back (7.1.6.2)
inline constexpr std::uint64_t kUdp = 1U << 9;  ///< of the packet type, bits 4 to 16
// ReceiveDescriptor::status
inline constexpr std::uint32_t kDone = 1U << 0;
inline constexpr std::uint32_t kEndOfPacket = 1U << 1;
inline constexpr std::uint32_t kVlan = 1U << 3;
inline constexpr std::uint32_t kL4Checked = 1U << 5;  ///< L4CS
inline constexpr std::uint32_t kIpChecked = 1U << 6;  ///< IPCS
inline constexpr std::uint32_t kCrcError = 1U << 24;
inline constexpr std::uint32_t kLengthError = 1U << 25;
inline constexpr std::uint32_t kByteError = 1U << 27;  ///< PE: an illegal byte
inline constexpr std::uint32_t kOversizeError = 1U << 28;
inline constexpr std::uint32_t kUndersizeError = 1U << 29;  ///< RXE: any error of the MAC
inline constexpr std::uint32_t kMacErrors =
    kCrcError | kLengthError | kByteError | kOversizeError | kUndersizeError;
inline constexpr std::uint32_t kL4Error = 1U << 30;
inline constexpr std::uint32_t kIpError = 1U << 31;
}  // namespace rx

/// Advanced transmit descriptor: data (7.2.3.2.4) or context (7.2.3.2.3).
struct alignas(16) TransmitDescriptor {
  std::uint64_t address;
  std::uint64_t command;
};
static_assert(sizeof(TransmitDescriptor) == 16);

namespace tx {
/// Bytes of the longest frame, without FCS: 15.5 KB with FCS and a tag (7.2.3.2.2). Longer ones are not
/// received, either.
inline constexpr std::uint32_t kLongestFrame = 15'864;
// TransmitDescriptor::command of data; the length of the buffer is in bits 0 to 15
inline constexpr std::uint64_t kData = 3U << 20;
inline constexpr std::uint64_t kContext = 2U << 20;
inline constexpr std::uint64_t kEndOfPacket = 1U << 24;
inline constexpr std::uint64_t kInsertFcs = 1U << 25;
inline constexpr std::uint64_t kReportStatus = 1U << 27;
inline constexpr std::uint64_t kAdvanced = 1U << 29;  ///< DEXT
inline constexpr std::uint64_t kInsertVlan = 1U << 30;
inline constexpr std::uint64_t kUseContext = std::uint64_t{1}
                                             << 39;  ///< CC: VLAN tag and header lengths are there
inline constexpr std::uint64_t kInsertIpChecksum = std::uint64_t{1} << 40;  ///< POPTS.IXSM
inline constexpr std::uint64_t kInsertL4Checksum = std::uint64_t{1} << 41;  ///< POPTS.TXSM
inline constexpr unsigned kPayloadShift = 46;                               ///< length of the whole packet
inline constexpr std::uint64_t kWholePacket = kData | kAdvanced | kInsertFcs | kEndOfPacket;
// TransmitDescriptor::command of a context
inline constexpr std::uint64_t kContextIpv4 = 1U << 10;
inline constexpr std::uint64_t kContextTcp = 1U << 11;  ///< L4T 01b; 00b: UDP
// TransmitDescriptor::address of a context: IPLEN in bits 0 to 8, MACLEN in 9 to 15, VLAN tag in 16 to 31
inline constexpr unsigned kMacLengthShift = 9;
inline constexpr unsigned kVlanShift = 16;
}  // namespace tx

}  // namespace ixyflow::drivers::ixgbe
