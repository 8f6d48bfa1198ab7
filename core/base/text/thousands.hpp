#pragma once

#include <cstdint>
#include <string>

#include "core/base/api.hpp"

namespace ixyflow {

/// A number as people read it: 1234567 as "1,234,567".
IXYFLOW_API std::string thousands(std::uint64_t number);

}  // namespace ixyflow
