#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/api.hpp"
#include "core/base/values/parameters.hpp"

namespace ixyflow {

/// A MAC address, written "02:00:00:00:00:01".
struct EtherAddress {
  std::array<std::uint8_t, 6> bytes{};
  [[nodiscard]] bool is_group() const noexcept { return (bytes[0] & 1) != 0; }  ///< multicast or broadcast
  friend auto operator<=>(const EtherAddress&, const EtherAddress&) = default;
};

/// An IPv4 address, in the order of the wire.
struct Ipv4Address {
  std::array<std::uint8_t, 4> bytes{};
  friend auto operator<=>(const Ipv4Address&, const Ipv4Address&) = default;
};

/// An IPv6 address, in the order of the wire. No zone ("%eth0").
struct Ipv6Address {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const Ipv6Address&, const Ipv6Address&) = default;
};

/// "192.0.2.0/24"; bits behind the prefix must be 0. An address alone is a prefix of all its bits.
struct Ipv4Prefix {
  Ipv4Address address;
  std::uint8_t length = 0;
  friend bool operator==(const Ipv4Prefix&, const Ipv4Prefix&) = default;
};

/// "2001:db8::/32"; bits behind the prefix must be 0. An address alone is a prefix of all its bits.
struct Ipv6Prefix {
  Ipv6Address address;
  std::uint8_t length = 0;
  friend bool operator==(const Ipv6Prefix&, const Ipv6Prefix&) = default;
};

// Each parser takes exactly the form above and nothing around it.
IXYFLOW_API std::optional<EtherAddress> parse_ether_address(std::string_view text);
IXYFLOW_API std::optional<Ipv4Address> parse_ipv4_address(std::string_view text);
IXYFLOW_API std::optional<Ipv6Address> parse_ipv6_address(std::string_view text);
IXYFLOW_API std::optional<Ipv4Prefix> parse_ipv4_prefix(std::string_view text);
IXYFLOW_API std::optional<Ipv6Prefix> parse_ipv6_prefix(std::string_view text);

IXYFLOW_API std::string show(const EtherAddress& address);
IXYFLOW_API std::string show(const Ipv4Address& address);
IXYFLOW_API std::string show(const Ipv6Address& address);  ///< RFC 5952
/// The same text written to `out`, for those who must not allocate; returns the number of characters, no
/// final zero.
inline constexpr std::size_t kIpv6TextSize = 39;
IXYFLOW_API std::size_t write_text(const Ipv6Address& address, std::span<char, kIpv6TextSize> out) noexcept;
IXYFLOW_API std::string show(const Ipv4Prefix& prefix);
IXYFLOW_API std::string show(const Ipv6Prefix& prefix);

/// A parameter that is written as one string with its own grammar.
template <class T, std::optional<T> (*Parse)(std::string_view)>
struct TextParameter {
  static constexpr ParameterShape kShape = ParameterShape::string;
  static std::optional<T> parse(const Value& value, const ParameterSpec& spec, Diagnostics& diagnostics) {
    if (const std::string* text = value.get_if<std::string>())
      if (auto parsed = Parse(*text)) return parsed;
    detail::report_wrong_type(value, spec, diagnostics);
    return std::nullopt;
  }
  static std::string show(const T& value) { return quote(ixyflow::show(value)); }
};

/// The port whose address is meant by a value such as "port:wan"; nothing when it is something else.
IXYFLOW_API std::optional<std::string_view> port_of_address(const Value& value) noexcept;

template <>
struct ParameterType<EtherAddress> : TextParameter<EtherAddress, parse_ether_address> {
  static constexpr std::string_view kName = "MAC address";
  static std::optional<EtherAddress> parse(const Value& value, const ParameterSpec& spec,
                                           Diagnostics& diagnostics) {
    if (spec.or_port && port_of_address(value)) return EtherAddress{};
    return TextParameter::parse(value, spec, diagnostics);
  }
};
template <>
struct ParameterType<Ipv4Address> : TextParameter<Ipv4Address, parse_ipv4_address> {
  static constexpr std::string_view kName = "IPv4 address";
};
template <>
struct ParameterType<Ipv6Address> : TextParameter<Ipv6Address, parse_ipv6_address> {
  static constexpr std::string_view kName = "IPv6 address";
};
template <>
struct ParameterType<Ipv4Prefix> : TextParameter<Ipv4Prefix, parse_ipv4_prefix> {
  static constexpr std::string_view kName = "IPv4 prefix";
};
template <>
struct ParameterType<Ipv6Prefix> : TextParameter<Ipv6Prefix, parse_ipv6_prefix> {
  static constexpr std::string_view kName = "IPv6 prefix";
};

}  // namespace ixyflow
