#include "core/packet/packet.hpp"

namespace ixyflow {

bool Packet::copy_from(const Packet& other) noexcept {
  const std::uint32_t front = other.headroom();
  if (front > headroom() + tailroom() + length_ || other.length_ > end_offset_ - kMetadata - front)
    return false;
  // Everything but where the buffer comes from and where it ends.
  timestamp = other.timestamp;
  length_ = other.length_;
  missing_ = other.missing_;
  data_offset_ = kMetadata + front;
  flow_hash = other.flow_hash;
  flags_ = other.flags_;
  l3_offset = other.l3_offset;
  l4_offset = other.l4_offset;
  ether_type = other.ether_type;
  ip_protocol = other.ip_protocol;
  paint = other.paint;
  input_port = other.input_port;
  vlan_tci = other.vlan_tci;
  trace = other.trace;
  std::memcpy(data(), other.data(), other.length_);
  return true;
}

}  // namespace ixyflow
