#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/api.hpp"
#include "core/net/parser.hpp"

namespace ixyflow {

/// The header that a field belongs to.
enum class FieldLayer : std::uint8_t { eth, vlan, ip, ip6, tcp, udp };

/// How the value of a field is written.
enum class FieldKind : std::uint8_t { integer, ether_address, ipv4_address, ipv6_address };

/// A named field of a header: "ip.ttl", "eth.dst", "vlan.id". The table of all fields stands in one place
/// (fields.cpp); Rewrite, tests that ignore fields and the trace work from it.
struct HeaderField {
  std::string_view name;
  std::string_view doc;
  FieldLayer layer = FieldLayer::eth;
  FieldKind kind = FieldKind::integer;
  std::uint16_t bit_offset = 0;  ///< from the start of its header
  std::uint16_t bits = 0;        ///< width; whole bytes for addresses
  bool derived = false;  ///< a length, checksum or version: follows from the rest, so nobody sets it by hand
  bool hexadecimal = false;  ///< shown as 0x0800 rather than 2048
};

/// All fields, in the order of the headers.
IXYFLOW_API std::span<const HeaderField> header_fields() noexcept;
IXYFLOW_API const HeaderField* find_field(std::string_view name) noexcept;
/// Names of all fields, for messages.
IXYFLOW_API std::vector<std::string> field_names();

/// Where the header of `field` starts in `frame`, or nothing when the frame has no such header or the field
/// does not fit into it. `vlan` is the outermost tag.
IXYFLOW_API std::optional<std::uint32_t> locate(const HeaderField& field, std::span<const std::uint8_t> frame,
                                                const Layers& layers) noexcept;

/// The value of an integer field whose header starts at `offset`.
IXYFLOW_API std::uint64_t read_integer(const HeaderField& field, std::span<const std::uint8_t> frame,
                                       std::uint32_t offset) noexcept;

/// The field's value as a user would write it: "64", "192.0.2.1", "02:00:00:00:00:01".
IXYFLOW_API std::string show_field(const HeaderField& field, std::span<const std::uint8_t> frame,
                                   std::uint32_t offset);

}  // namespace ixyflow
