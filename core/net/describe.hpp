#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/base/api.hpp"

namespace ixyflow {

/// One line about a frame, like tcpdump's: "10.0.0.7:5123 > 9.9.9.9:53 UDP, length 74". Any bytes are allowed; the line
/// holds printable ASCII only. Cold code.
IXYFLOW_API std::string describe_frame(std::span<const std::uint8_t> frame, std::uint32_t wire_length);

/// A frame as rows of 16 bytes in hexadecimal, with offsets, and the characters beside it.
IXYFLOW_API std::string hex_dump(std::span<const std::uint8_t> frame);

}  // namespace ixyflow
