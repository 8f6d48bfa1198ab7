#pragma once

#include <cstdlib>
#include <string>

namespace ixyflow::tools {

/// The variable of the environment called `name`; "" when it is not set.
inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace ixyflow::tools
