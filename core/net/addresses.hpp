#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

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

namespace detail {
/// How an address that is written in another way is written here: "write "02:00:00:00:00:01"" for
/// "0200.0000.0001". "" when that cannot be told.
IXYFLOW_API std::string address_hint(std::string_view text, std::type_identity<EtherAddress>);
IXYFLOW_API std::string address_hint(std::string_view text, std::type_identity<Ipv4Address>);
IXYFLOW_API std::string address_hint(std::string_view text, std::type_identity<Ipv6Address>);
IXYFLOW_API std::string address_hint(std::string_view text, std::type_identity<Ipv4Prefix>);
IXYFLOW_API std::string address_hint(std::string_view text, std::type_identity<Ipv6Prefix>);

/// Reports that `value` is no address of the kind that the `example` shows.
IXYFLOW_API void report_wrong_address(const Value& value, const ParameterSpec& spec, std::string_view example,
                                      std::string hint, Diagnostics& diagnostics);
}  // namespace detail

/// A parameter that is written as one string with its own grammar, as the `Example` is.
template <class T, std::optional<T> (*Parse)(std::string_view), const char* Example>
struct TextParameter {
  static constexpr ParameterShape kShape = ParameterShape::string;
  static std::optional<T> parse(const Value& value, const ParameterSpec& spec, Diagnostics& diagnostics) {
    const std::string* text = value.get_if<std::string>();
    if (text != nullptr)
      if (auto parsed = Parse(*text)) return parsed;
    detail::report_wrong_address(value, spec, Example,
                                 text != nullptr ? detail::address_hint(*text, std::type_identity<T>()) : "",
                                 diagnostics);
    return std::nullopt;
  }
  static std::string show(const T& value) { return quote(ixyflow::show(value)); }
};

/// The port whose address is meant by a value such as "port:wan"; nothing when it is something else.
IXYFLOW_API std::optional<std::string_view> port_of_address(const Value& value) noexcept;

// A locally administered address, and addresses of the ranges for documentation: RFC 5737, RFC 3849.
inline constexpr char kEtherExample[] = "02:00:00:00:00:01";
inline constexpr char kIpv4Example[] = "192.0.2.1";
inline constexpr char kIpv6Example[] = "2001:db8::1";
inline constexpr char kIpv4PrefixExample[] = "192.0.2.0/24";
inline constexpr char kIpv6PrefixExample[] = "2001:db8::/32";

template <>
struct ParameterType<EtherAddress> : TextParameter<EtherAddress, parse_ether_address, kEtherExample> {
  static constexpr std::string_view kName = "MAC address";
  static std::optional<EtherAddress> parse(const Value& value, const ParameterSpec& spec,
                                           Diagnostics& diagnostics) {
    if (spec.or_port && port_of_address(value)) return EtherAddress{};
    return TextParameter::parse(value, spec, diagnostics);
  }
};
template <>
struct ParameterType<Ipv4Address> : TextParameter<Ipv4Address, parse_ipv4_address, kIpv4Example> {
  static constexpr std::string_view kName = "IPv4 address";
};
template <>
struct ParameterType<Ipv6Address> : TextParameter<Ipv6Address, parse_ipv6_address, kIpv6Example> {
  static constexpr std::string_view kName = "IPv6 address";
};
template <>
struct ParameterType<Ipv4Prefix> : TextParameter<Ipv4Prefix, parse_ipv4_prefix, kIpv4PrefixExample> {
  static constexpr std::string_view kName = "IPv4 prefix";
};
template <>
struct ParameterType<Ipv6Prefix> : TextParameter<Ipv6Prefix, parse_ipv6_prefix, kIpv6PrefixExample> {
  static constexpr std::string_view kName = "IPv6 prefix";
};

}  // namespace ixyflow
