#pragma once

#include <cstddef>

#include "core/graph/pipeline.hpp"

namespace ixyflow {

/// Calls `visit(port, use)` for every port that `element` uses in direction `direction`.
template <class Visit>
void for_each_port(const ElementNode& element, PortUse direction, Visit visit) {
  for (std::size_t use = 0; use < element.ports.size(); ++use)
    if (element.spec->ports[use].use == direction) visit(element.ports[use], use);
}

}  // namespace ixyflow
