#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/element/spec.hpp"

namespace ixyflow::tools {

using Bytes = std::vector<std::uint8_t>;

/// What differs between two states of one packet, or between the packet that a test expects and the one that
/// came.
struct PacketChange {
  struct Field {
    std::string_view name;
    std::string before;  ///< empty: the first has no such field
    std::string after;   ///< empty: the second has no such field
  };
  std::vector<Field> fields;
  /// Bytes that differ and belong to no named field, by their place in the second; only of frames of one
  /// length.
  std::vector<std::size_t> other_bytes;
  std::size_t length_before = 0;
  std::size_t length_after = 0;

  [[nodiscard]] bool empty() const noexcept {
    return fields.empty() && other_bytes.empty() && length_before == length_after;
  }
};

PacketChange compare_packets(std::span<const std::uint8_t> before, std::span<const std::uint8_t> after);

/// "ip.ttl 64 -> 63, ip.checksum 0x1f2e -> 0x202e, length 60 -> 64 bytes"; "" when nothing changed.
std::string describe_change(std::span<const std::uint8_t> before, std::span<const std::uint8_t> after);

/// The two packets for a reader: decoded, then the fields that differ, then the rows of bytes that do, with
/// marks below the bytes. Every line starts with `indent` spaces.
std::string difference_text(std::span<const std::uint8_t> expected, std::span<const std::uint8_t> got,
                            std::size_t indent);

/// "020000000001..."
std::string hex_text(std::span<const std::uint8_t> bytes);
/// "output", "sent", "intended", "fault", "consumed".
std::string_view kind_name(ExitKind kind);

}  // namespace ixyflow::tools
