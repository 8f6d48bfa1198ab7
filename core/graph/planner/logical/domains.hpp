#pragma once

#include "core/graph/plan.hpp"

namespace ixyflow {

/// Fills in `domain_of` and `domain_of_port`: which packet memory is reached by which peers.
///
/// A port whose device is another process (PortProperties::shares_memory) gives that process all memory that
/// its frames may lie in. So an element allocates from the domain of the peers that can get what it makes, or
/// that fill what it receives; peers that packets pass between are of one domain. All else is of domain 0,
/// which no peer reaches: what a peer writes over is its own.
void find_domains(const Pipeline& pipeline, Plan& plan);

}  // namespace ixyflow
