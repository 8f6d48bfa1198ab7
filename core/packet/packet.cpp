#include "core/packet/packet.hpp"

namespace ixyflow {

void Packet::inherit_from(const Packet& other) noexcept {
  timestamp = other.timestamp;
  input_port = other.input_port;
  paint = other.paint;
  trace = other.trace;
  keep_vlan_tag(other.vlan_type(), other.vlan_tci);
  if (other.has(PacketFlag::vlan_tag)) set(PacketFlag::vlan_tag);
}

}  // namespace ixyflow
