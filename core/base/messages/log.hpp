#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/api.hpp"

namespace ixyflow {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// Messages for the operator, on stderr; never from the packet path. Any thread that is not a worker.
IXYFLOW_API void log(LogLevel level, std::string_view text);

/// What is shown: by default warnings and errors.
IXYFLOW_API void set_log_level(LogLevel lowest);

}  // namespace ixyflow
