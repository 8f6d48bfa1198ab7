#include "core/element/spec.hpp"

#include <algorithm>

namespace ixyflow {

const ExitSpec& ElementSpec::exit(PortIndex index) const noexcept {
  return *std::ranges::find(exits, index, &ExitSpec::index);
}

}  // namespace ixyflow
