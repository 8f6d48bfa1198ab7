#pragma once

#include <sys/types.h>

#include <string_view>

#include "core/base/api.hpp"
#include "core/base/result.hpp"

namespace ixyflow {

/// The permissions of a file that octal digits stand for, as chmod(1) takes them: "0640". Error
/// (configuration): it is no number from 0 to 0777.
IXYFLOW_API Result<mode_t> parse_file_mode(std::string_view text);

}  // namespace ixyflow
