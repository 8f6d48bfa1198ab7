#pragma once

#include "core/packet/packet.hpp"
#include "drivers/virtio/format/net_header.hpp"

namespace ixyflow::drivers::virtio {

/// Makes the IPv4, TCP and UDP checksums of a packet right; `by_device`: those of TCP and UDP are left to the
/// device where the header that is returned can say so (virtio 1.2, 5.1.6.2). A UDP checksum of 0 says that
/// there is none (RFC 768), and stays so.
[[nodiscard]] NetHeader complete_checksums(Packet& packet, bool by_device) noexcept;

}  // namespace ixyflow::drivers::virtio
