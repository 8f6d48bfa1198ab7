#pragma once

#include "core/net/flow/flow_key.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow {

/// Reads the flow that the packet is of, as its bytes are now, into `key`. False: it is no IP, or its IP
/// header does not fit; `key` is then of no meaning.
[[nodiscard]] inline bool read_flow_key(Packet& packet, FlowKey& key) noexcept {
  parse(packet);
  const Layers layers{packet.l3_offset, packet.l4_offset, packet.ether_type, packet.ip_protocol};
  return read_flow_key(bytes_of(packet), layers, key);
}

}  // namespace ixyflow
