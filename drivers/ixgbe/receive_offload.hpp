#pragma once

#include <cstdint>

#include "core/packet/packet.hpp"
#include "drivers/bus/barriers.hpp"
#include "drivers/ixgbe/descriptors.hpp"

namespace ixyflow::drivers::ixgbe {

/// What the card says about a packet beside its bytes (7.1.6.2, tables 7-10 to 7-13). Its RSS hash is not
/// taken: it depends on the key, and tells the directions of a connection apart under most.
inline void read_offloads(Packet& packet, const ReceiveDescriptor& descriptor,
                          std::uint32_t status) noexcept {
  const std::uint64_t address = read_once(descriptor.address);
  const auto bit = [](PacketFlag flag, bool set) { return set ? static_cast<unsigned>(flag) : 0U; };
  const bool tagged = (status & rx::kVlan) != 0;
  const bool l3 = (status & rx::kIpChecked) != 0;
  const bool l3_bad = (status & rx::kIpError) != 0;
  const bool l4_bad = (status & rx::kL4Error) != 0;
  // ASSUMPTION UDP: the 82599 may take the checksum 0 of a UDP packet, which says that there is none, for a
  // wrong one (its specification update, erratum 44): then nobody has looked.
  const bool l4 = (status & rx::kL4Checked) != 0 && !(l4_bad && (address & rx::kUdp) != 0);
  packet.vlan_tci = read_once(descriptor.vlan);
  packet.set_flags(static_cast<std::uint16_t>(
      bit(PacketFlag::vlan_tag, tagged) | bit(PacketFlag::l3_checksum_good, l3 && !l3_bad) |
      bit(PacketFlag::l3_checksum_bad, l3 && l3_bad) | bit(PacketFlag::l4_checksum_good, l4 && !l4_bad) |
      bit(PacketFlag::l4_checksum_bad, l4 && l4_bad)));
}

}  // namespace ixyflow::drivers::ixgbe
