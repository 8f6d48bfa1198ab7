#include "drivers/synthetic/frame_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "core/net/addresses.hpp"
#include "core/net/fields.hpp"
#include "core/net/headers.hpp"
#include "core/net/write.hpp"

namespace ixyflow::drivers {
namespace {

/// Which headers the frame has and where they start; 0 for a header that is not there (but Ethernet's).
struct Layout {
  std::size_t vlan = 0;
  std::size_t ip = 0;
  std::size_t ip6 = 0;
  std::size_t tcp = 0;
  std::size_t udp = 0;
  std::size_t end = 0;
  IpProtocol protocol = IpProtocol::udp;
};

constexpr EtherAddress kSource{{0x02, 0, 0, 0, 0, 0x01}};
constexpr EtherAddress kDestination{{0x02, 0, 0, 0, 0, 0x02}};
constexpr std::uint16_t kVlan = 1;
constexpr std::uint16_t kSourcePort = 1024;
constexpr std::uint16_t kDiscardPort = 9;  // RFC 863

class FrameBuilder {
 public:
  FrameBuilder(const Value::Table& fields, SourceRange where, const std::string& owner,
               Diagnostics& diagnostics)
      : fields_(fields), where_(where), owner_(owner), diagnostics_(diagnostics) {}

  std::optional<BuiltFrame> build(std::size_t size) {
    const std::size_t errors = diagnostics_.errors();
    check_names();
    if (diagnostics_.errors() == errors) plan();
    if (diagnostics_.errors() == errors && layout_.end > size)
      diagnostics_.error(where_, fmt::format("{} bytes are too few for the headers of {}, which take {}",
                                             size, owner_, layout_.end));
    if (diagnostics_.errors() != errors) return std::nullopt;
    frame_.assign(size, 0);
    write_defaults();
    for (const Value::Entry& entry : fields_) write_field(*find_field(entry.key), entry);
    write_checksums();
    if (diagnostics_.errors() != errors) return std::nullopt;
    return BuiltFrame{std::move(frame_), layout_.end};
  }

 private:
  void check_names() {
    for (const Value::Entry& entry : fields_) {
      const HeaderField* field = find_field(entry.key);
      if (field == nullptr)
        diagnostics_.error(
            entry.where,
            fmt::format("unknown field '{}' in the template of {}", printable(entry.key), owner_),
            did_you_mean(entry.key, field_names()));
      else if (field->derived)
        diagnostics_.error(entry.where, fmt::format("'{}' is computed and cannot be set", entry.key),
                           "give the whole frame in hex to have it wrong");
    }
  }

  [[nodiscard]] bool speaks_of(FieldLayer layer) const {
    return std::ranges::any_of(fields_,
                               [layer](const Value::Entry& e) { return find_field(e.key)->layer == layer; });
  }
  [[nodiscard]] bool sets(std::string_view name) const { return find(fields_, name) != nullptr; }

  void refuse_both(FieldLayer a, FieldLayer b, const char* names) {
    if (speaks_of(a) && speaks_of(b))
      diagnostics_.error(where_, fmt::format("the template of {} has fields of both {}", owner_, names));
  }

  void plan() {
    using enum FieldLayer;
    refuse_both(ip, ip6, "ip and ip6");
    refuse_both(tcp, udp, "tcp and udp");
    layout_.end = sizeof(EtherHeader);
    if (speaks_of(vlan)) {
      layout_.vlan = layout_.end;
      layout_.end += sizeof(VlanTag);
    }
    const bool above = speaks_of(ip) || speaks_of(ip6) || speaks_of(tcp) || speaks_of(udp);
    if (!above && sets(layout_.vlan != 0 ? "vlan.type" : "eth.type")) return;
    (speaks_of(ip6) ? layout_.ip6 : layout_.ip) = layout_.end;
    layout_.end += speaks_of(ip6) ? sizeof(Ipv6Header) : sizeof(Ipv4Header);
    plan_transport();
  }

  void plan_transport() {
    const Value::Entry* protocol = find(fields_, layout_.ip6 != 0 ? "ip6.next" : "ip.proto");
    bool is_tcp = speaks_of(FieldLayer::tcp);
    if (protocol != nullptr && !is_tcp && !speaks_of(FieldLayer::udp)) {
      const std::int64_t* number = protocol->value.get_if<std::int64_t>();
      if (number == nullptr) return;  // write_field says so
      is_tcp = *number == static_cast<int>(IpProtocol::tcp);
      if (!is_tcp && *number != static_cast<int>(IpProtocol::udp)) return;
    }
    (is_tcp ? layout_.tcp : layout_.udp) = layout_.end;
    layout_.end += is_tcp ? sizeof(TcpHeader) : sizeof(UdpHeader);
    if (is_tcp) layout_.protocol = IpProtocol::tcp;
  }

  template <class Header>
  Header& at(std::size_t offset) {
    return *header_at<Header>(std::span(frame_), offset);
  }

  IpAddresses addresses() {
    return layout_.ip6 != 0 ? addresses_of(at<Ipv6Header>(layout_.ip6))
                            : addresses_of(at<Ipv4Header>(layout_.ip));
  }
  /// The frame from `offset` on.
  std::span<std::uint8_t> from(std::size_t offset) { return std::span(frame_).subspan(offset); }

  void write_defaults() {
    const EtherType type = layout_.ip6 != 0 ? EtherType::ipv6 : EtherType::ipv4;
    put_ethernet(frame_, {kDestination, kSource, BeEtherType(layout_.vlan != 0 ? EtherType::vlan : type)});
    if (layout_.vlan != 0) put_vlan(from(layout_.vlan), kVlan, type);
    if (layout_.ip != 0)
      put_ipv4(from(layout_.ip),
               {.source = {{198, 18, 0, 1}}, .destination = {{198, 19, 0, 1}}, .protocol = layout_.protocol});
    if (layout_.ip6 != 0)
      put_ipv6(from(layout_.ip6), {.source = *parse_ipv6_address("2001:2:0:1::1"),
                                   .destination = *parse_ipv6_address("2001:2:0:2::1"),
                                   .next_header = layout_.protocol});
    if (layout_.udp != 0)
      put_udp(from(layout_.udp), {.source_port = kSourcePort, .destination_port = kDiscardPort});
    if (layout_.tcp != 0)
      put_tcp(from(layout_.tcp),
              {.source_port = kSourcePort, .destination_port = kDiscardPort, .flags = tcp_flag::kAck}, {});
  }

  [[nodiscard]] std::size_t start_of(FieldLayer layer) const {
    switch (layer) {
      case FieldLayer::eth:
        return 0;
      case FieldLayer::vlan:
        return layout_.vlan;
      case FieldLayer::ip:
        return layout_.ip;
      case FieldLayer::ip6:
        return layout_.ip6;
      case FieldLayer::tcp:
        return layout_.tcp;
      case FieldLayer::udp:
        return layout_.udp;
    }
    return 0;
  }

  void write_field(const HeaderField& field, const Value::Entry& entry) {
    const std::size_t byte = start_of(field.layer) + field.bit_offset / 8U;
    switch (field.kind) {
      case FieldKind::integer:
        return write_integer(field, entry);
      case FieldKind::ether_address:
        return write_address(byte, entry, "a MAC address", parse_ether_address);
      case FieldKind::ipv4_address:
        return write_address(byte, entry, "an IPv4 address", parse_ipv4_address);
      case FieldKind::ipv6_address:
        return write_address(byte, entry, "an IPv6 address", parse_ipv6_address);
    }
  }

  void wrong_value(const Value::Entry& entry, std::string_view wanted) {
    diagnostics_.error(entry.value.where(), fmt::format("'{}' in the template of {} takes {}, not {}",
                                                        entry.key, owner_, wanted, entry.value.show()));
  }

  template <class Address>
  void write_address(std::size_t byte, const Value::Entry& entry, const char* wanted,
                     std::optional<Address> (*parse)(std::string_view)) {
    const std::string* text = entry.value.get_if<std::string>();
    const auto address = text != nullptr ? parse(*text) : std::nullopt;
    if (!address) return wrong_value(entry, wanted);
    std::memcpy(frame_.data() + byte, address->bytes.data(), address->bytes.size());
  }

  void write_integer(const HeaderField& field, const Value::Entry& entry) {
    const std::int64_t largest = (std::int64_t{1} << field.bits) - 1;
    const std::int64_t* number = entry.value.get_if<std::int64_t>();
    if (number == nullptr || *number < 0 || *number > largest)
      return wrong_value(entry, fmt::format("an integer from 0 to {}", largest));
    const std::size_t first = start_of(field.layer) * 8 + field.bit_offset;
    for (std::size_t i = 0; i < field.bits; ++i) {
      const std::size_t bit = first + field.bits - 1 - i;
      const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
      std::uint8_t& byte = frame_[bit / 8];
      byte = static_cast<std::uint8_t>((*number >> i & 1) != 0 ? byte | mask : byte & ~mask);
    }
  }

  /// Again, now that the fields have their values.
  void write_checksums() {
    if (layout_.ip != 0) put_checksum(at<Ipv4Header>(layout_.ip));
    if (layout_.udp != 0) put_udp_checksum(from(layout_.udp), addresses());
    if (layout_.tcp != 0) put_tcp_checksum(from(layout_.tcp), addresses());
  }

  const Value::Table& fields_;
  SourceRange where_;
  const std::string& owner_;
  Diagnostics& diagnostics_;
  Layout layout_;
  std::vector<std::uint8_t> frame_;
};

}  // namespace

std::optional<BuiltFrame> build_frame(const Value::Table& fields, std::size_t size, SourceRange where,
                                      const std::string& owner, Diagnostics& diagnostics) {
  return FrameBuilder(fields, where, owner, diagnostics).build(size);
}

}  // namespace ixyflow::drivers
