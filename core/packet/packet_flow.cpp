#include "core/packet/packet_flow.hpp"

namespace ixyflow {

bool detail::read_any_flow_key(Packet& packet, FlowKey& key) noexcept {
  return read_flow_key(bytes_of(std::as_const(packet)), layers_of(packet), key);
}

}  // namespace ixyflow
