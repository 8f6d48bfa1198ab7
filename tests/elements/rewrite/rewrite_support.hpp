#pragma once

#include <string>
#include <string_view>

#include "tests/elements/rewrite/expected_edit.hpp"
#include "tests/support/element_harness.hpp"

/// Frames and parameters for the tests of Rewrite.
namespace ixyflow::test {

inline Bytes tcp6_frame() {
  return ethernet({.type = 0x86dd}, ipv6({.next_header = 6}, tcp({}, counting(21))));
}
inline Bytes vlan_tcp_frame() {
  return ethernet({.type = 0x88a8},
                  vlan(0xa007, 0x8100, vlan(100, 0x0800, ipv4({.protocol = 6}, tcp({}, counting(9))))));
}

/// Parameters that set one field.
inline std::string set_one(std::string_view name, const std::string& value) {
  return "set = { \"" + std::string(name) + "\" = " + value + " }";
}

}  // namespace ixyflow::test
