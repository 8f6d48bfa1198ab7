#pragma once

#include <cstdint>

#include "core/element/port_index.hpp"
#include "core/packet/batch.hpp"

namespace ixyflow {

class Node;
class Ring;
struct FlowSteering;

/// An input of an element, where batches gather until the element's turn in the round.
struct Inlet {
  Node* node = nullptr;
  PortIndex input = 0;
  Batch* pending = nullptr;  ///< never null; belongs to the worker's arena and is swapped from hand to hand
};

/// Where an exit leads.
struct Route {
  enum class Kind : std::uint8_t { drop, inlet, ring, steering };
  Kind kind = Kind::drop;
  Inlet* inlet = nullptr;
  Ring* ring = nullptr;
  FlowSteering* steering = nullptr;
};

}  // namespace ixyflow
