#pragma once

#include <string_view>

#include "core/base/result.hpp"
#include "tools/ixyflow/views/packet_change.hpp"

namespace ixyflow::tools {

/// A frame in hexadecimal: pairs of digits, with spaces and line ends anywhere, `#` and what follows it on
/// the line is a comment, and `00*18` stands for a byte repeated 18 times. At most 65,535 bytes. Error
/// (configuration): what is wrong with it.
Result<Bytes> parse_frame(std::string_view text);

}  // namespace ixyflow::tools
