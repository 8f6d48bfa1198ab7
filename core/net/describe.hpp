#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/base/api.hpp"

namespace ixyflow {

/// One line about a frame, like tcpdump's: "10.0.0.7:5123 > 9.9.9.9:53 UDP, length 74". Any bytes are
/// allowed; the line holds printable ASCII only. Cold code.
IXYFLOW_API std::string describe_frame(std::span<const std::uint8_t> frame, std::uint32_t wire_length);

/// The same line written to `out`, cut where that ends, for those who must not allocate: the packet path.
/// Returns the number of characters; no final zero.
IXYFLOW_API std::size_t describe_frame(std::span<char> out, std::span<const std::uint8_t> frame,
                                       std::uint32_t wire_length) noexcept;

/// A frame as rows of 16 bytes in hexadecimal, with offsets, and the characters beside it.
IXYFLOW_API std::string hex_dump(std::span<const std::uint8_t> frame);

}  // namespace ixyflow
