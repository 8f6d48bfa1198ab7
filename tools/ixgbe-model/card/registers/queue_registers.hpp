#pragma once

#include <cstdint>

#include "tools/ixgbe-model/card/registers/registers.hpp"

/// What stands where among the 0x40 bytes of a queue's registers.
namespace ixyflow::model::queue {

inline constexpr std::uint32_t kQueues = 128;  ///< 1.3: receive queues, and as many for transmit
inline constexpr std::uint32_t kDescriptorBytes = 16;
inline constexpr std::uint32_t kMaxRingBytes = 0x80000;  ///< xDLEN has 20 bits, the low 7 are 0

// Common to both directions; 8.2.3.8.1 to 8.2.3.8.6 and 8.2.3.9.5 to 8.2.3.9.10.
inline constexpr std::uint32_t kBaseLow = 0x00, kBaseHigh = 0x04, kLength = 0x08, kDca = 0x0C;
inline constexpr std::uint32_t kHead = 0x10, kTail = 0x18, kControl = 0x28;

// Receive only.
inline constexpr std::uint32_t kSplit = 0x14;                          // SRRCTL, 8.2.3.8.7
inline constexpr std::uint32_t kCoalescing = 0x2C;                     // RSCCTL, 8.2.3.8
inline constexpr std::uint32_t kRxPackets = 0x30, kRxBytesLow = 0x34;  // QPRC, QBRC of 16 counters: 8.2.3.23
inline constexpr std::uint32_t kRxBytesHigh = 0x38;
inline constexpr std::uint32_t kRxDropsFirst = 16;  ///< QPRDC n stands where QPRC of queue 16 + n would

// Transmit only.
inline constexpr std::uint32_t kTxPackets = 0x30;                            // QPTC, 8.2.3.23
inline constexpr std::uint32_t kWriteBackLow = 0x38, kWriteBackHigh = 0x3C;  // TDWBAL, TDWBAH, 8.2.3.9.11

/// The first register of receive queue `n`.
constexpr std::uint32_t rx(std::uint32_t n) noexcept {
  return n < 64 ? reg::kRxQueuesLow.at(n) : reg::kRxQueuesHigh.at(n - 64);
}
/// The first register of transmit queue `n`.
constexpr std::uint32_t tx(std::uint32_t n) noexcept {
  return reg::kTxQueues.at(n);
}

}  // namespace ixyflow::model::queue
