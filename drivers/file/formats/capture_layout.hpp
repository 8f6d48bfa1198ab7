#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "core/base/units.hpp"
#include "drivers/file/capture_name.hpp"

namespace ixyflow::drivers {

/// How packets stand in a capture that is written: Ethernet, time stamps in nanoseconds, snap length 262,144,
/// this machine's byte order. draft-ietf-opsawg-pcap, 5, and draft-ietf-opsawg-pcapng, 4.3.
class CaptureLayout {
 public:
  explicit CaptureLayout(CaptureFormat format) noexcept : pcapng_(format == CaptureFormat::pcapng) {}

  /// What stands in front of the first packet: the file header, or a section with one interface.
  [[nodiscard]] std::string file_header() const;

  /// Bytes that a packet takes in the file, of which `captured` are its own.
  [[nodiscard]] std::size_t record_size(std::size_t captured) const noexcept {
    return pcapng_ ? sizeof(PacketBlock) + padded(captured) + sizeof(std::uint32_t)
                   : sizeof(Record) + captured;
  }
  /// The same of the packet that stands at `place`.
  [[nodiscard]] std::size_t record_size_at(const std::uint8_t* place) const noexcept {
    std::uint32_t number = 0;
    std::memcpy(&number, place + (pcapng_ ? offsetof(PacketBlock, length) : offsetof(Record, captured)),
                sizeof number);
    return pcapng_ ? number : sizeof(Record) + number;
  }
  /// Writes a packet, record_size(captured) bytes.
  void put(std::uint8_t* place, Nanoseconds timestamp, const std::uint8_t* data, std::uint32_t captured,
           std::uint32_t original) const noexcept {
    const auto time = static_cast<std::uint64_t>(std::max<Nanoseconds>(timestamp, 0));
    if (pcapng_) return put_block(place, time, data, captured, original);
    constexpr std::uint64_t kSecond = 1'000'000'000;
    constexpr std::uint64_t kLastSecond = 0xffffffff;  // of the format, in 2106
    const Record record{static_cast<std::uint32_t>(std::min(time / kSecond, kLastSecond)),
                        static_cast<std::uint32_t>(time % kSecond), captured, original};
    std::memcpy(place, &record, sizeof record);
    std::memcpy(place + sizeof record, data, captured);
  }

 private:
  struct Record {
    std::uint32_t seconds;
    std::uint32_t nanoseconds;
    std::uint32_t captured;
    std::uint32_t original;
  };
  /// An Enhanced Packet Block without options. The frame follows, padded, and `length` again.
  struct PacketBlock {
    std::uint32_t type = 6;
    std::uint32_t length;
    std::uint32_t interface = 0;
    std::uint32_t time_high;
    std::uint32_t time_low;
    std::uint32_t captured;
    std::uint32_t original;
  };
  static_assert(sizeof(Record) == 16 && sizeof(PacketBlock) == 28);

  static constexpr std::size_t padded(std::size_t bytes) noexcept { return (bytes + 3) & ~std::size_t{3}; }
  static void put_block(std::uint8_t* place, std::uint64_t time, const std::uint8_t* data,
                        std::uint32_t captured, std::uint32_t original) noexcept;

  bool pcapng_;
};

}  // namespace ixyflow::drivers
