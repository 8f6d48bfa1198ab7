#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/base/values/value.hpp"

namespace ixyflow::drivers {

/// A frame made from fields. What follows its headers is zeros.
struct BuiltFrame {
  std::vector<std::uint8_t> bytes;
  std::size_t payload = 0;  ///< where the headers end
};

/// Makes a frame of `size` bytes (without FCS) whose fields have the values of `fields` ("ip.dst", "udp.dst":
/// the names of net/fields.hpp). It is UDP over IPv4 over Ethernet, unless the fields speak of another
/// header:
///
///   vlan.*              a tag
///   ip6.*               IPv6 instead of IPv4
///   tcp.*               TCP instead of UDP
///   ip.proto, ip6.next  a protocol that is neither: no transport header
///   eth.type, vlan.type  and nothing of IP and above: Ethernet only
///
/// What no field sets has the addresses of RFC 2544 and RFC 5180 (benchmarks) and the discard port. Lengths
/// and checksums are computed. Mistakes go to `diagnostics`, at the place of the field; nothing then.
std::optional<BuiltFrame> build_frame(const Value::Table& fields, std::size_t size, SourceRange where,
                                      const std::string& owner, Diagnostics& diagnostics);

}  // namespace ixyflow::drivers
