#pragma once

#include "core/net/flow/flow_key.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow {

/// Reads the flow that the packet is of, as its bytes are now, into `key`. False: it is no IP, or its IP
/// header does not fit; `key` is then of no meaning.
[[nodiscard]] inline bool read_flow_key(Packet& packet, FlowKey& key) noexcept {
  return read_flow_key(bytes_of(packet), layers_of(packet), key);
}

}  // namespace ixyflow
