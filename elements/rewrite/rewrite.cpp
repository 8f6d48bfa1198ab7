#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "core/element/packet_element.hpp"
#include "core/net/checksum.hpp"
#include "core/net/headers.hpp"
#include "core/net/ipv6_extensions.hpp"
#include "core/net/parser.hpp"
#include "core/packet/layers.hpp"
#include "elements/rewrite/field_edits.hpp"
#include "elements/rewrite/header_edits.hpp"

namespace ixyflow::elements {

class Rewrite final : public PacketElement<Rewrite> {
  enum : PortIndex { kOut, kOther };

 public:
  static void describe(Spec<Rewrite>& spec) {
    spec.doc(
            "Sets named header fields to new values, or adds to them, and keeps the checksums right that "
            "cover them, of IPv4, TCP, UDP, UDP-Lite, DCCP, ICMPv6, HIP, Mobility, OSPFv3, PIM and VRRPv3, "
            "without reading the payload (RFC 1624): a checksum that was wrong stays wrong by the same "
            "difference, and a UDP checksum of 0, which means none, stays 0. A packet that lacks one of the "
            "fields leaves unchanged by `other`, and where an address is changed so does one that is "
            "authenticated or encrypted (AH, ESP), since its receiver would find it damaged, or whose "
            "checksum counts an address that stands elsewhere (an IPv4 source route with hops left, a home "
            "address option); later fragments have no tcp.* and udp.* fields. All fields of a packet change at once. Fields: " +
            editable_fields() +
            ". vlan.* is the outermost tag. Behind a routing header with stations left ip6.dst is the next "
            "one of them, which no checksum covers (RFC 8200, 8.1). A new ip.proto or ip6.next leaves what "
            "follows as it is.")
        .example(R"([elements.rewrite]
type = "Rewrite"
set = { "eth.dst" = "02:00:00:00:00:01", "ip.dst" = "192.0.2.1" }
add = { "ip.ttl" = -1 }
[graph]
paths = ["in -> rewrite -> out", "rewrite[other] -> Discard"])")
        .output(kOut, "out", "packets with the new values")
        .output(kOther, "other", "packets that lack one of the fields, or may not be changed, unchanged")
        .keeps_length();
    spec.param("set", &Rewrite::set_, "fields and their new values")
        .type_name("table of fields")
        .shape(ParameterShape::table);
    spec.param("add", &Rewrite::add_,
               "numeric fields and what is added to them, modulo the size of the field")
        .type_name("table of fields")
        .shape(ParameterShape::table);
  }

  void configure(Configuration& configuration) override {
    const std::vector<FieldEdit> edits = read_field_edits(set_, add_, configuration);
    if (!configuration.diagnostics.ok()) return;
    if (edits.empty()) configuration.warning("", "changes nothing", "give 'set', 'add' or both");
    for (const FieldEdit& edit : edits) require(edit);
    ethernet_.compile(sizeof(EtherHeader));
    vlan_.compile(sizeof(VlanTag));
    network_.compile(network_size_);
    addresses_.compile(network_size_);
    transport_.compile(transport_.touched());
    reads_layers_ = network_type_ != kAnyType || transport_protocol_ != kAnyProtocol;
    edits_transport_ = addresses_.touched() + transport_.touched() != 0;
  }

  PortIndex handle(Packet& packet) noexcept {
    if (!has_outer_headers(packet)) [[unlikely]]
      return kOther;
    if (reads_layers_) {
      parse(packet);
      if (!has_inner_headers(packet)) [[unlikely]]
        return kOther;
      if (edits_transport_ && is_unusual(packet)) [[unlikely]]
        return edit_unusual(packet);
    }
    const SumChange addresses = edit_headers(packet);
    if (edits_transport_ && packet.l4_offset != kNoOffset)
      edit_transport(packet, addresses, usual_checksum_place(packet));
    if (moves_layers_) packet.forget_layers();
    return kOut;
  }

 private:
  static constexpr std::uint32_t kTag = sizeof(EtherHeader);  ///< VlanTag starts behind the first EtherType
  static constexpr EtherType kAnyType{};
  static constexpr IpProtocol kAnyProtocol{};

  /// Files the edit under its header and notes what a packet must have for it.
  void require(const FieldEdit& edit) {
    const HeaderField& field = *edit.field;
    HeaderEdits& edits = edits_of(field);
    if (edit.adds)
      edits.add(field.bit_offset, field.bits, edit.amount);
    else
      edits.set(field.bit_offset, field.bits, edit.value);
    moves_layers_ = moves_layers_ || moves_layers(field);
  }

  HeaderEdits& edits_of(const HeaderField& field) noexcept {
    switch (field.layer) {
      case FieldLayer::eth:
        break;
      case FieldLayer::vlan:
        tagged_ = true;
        return vlan_;
      case FieldLayer::ip:
        network_type_ = EtherType::ipv4;
        network_size_ = sizeof(Ipv4Header);
        return field.kind == FieldKind::integer ? network_ : addresses_;
      case FieldLayer::ip6:
        network_type_ = EtherType::ipv6;
        network_size_ = sizeof(Ipv6Header);
        return field.kind == FieldKind::integer ? network_ : addresses_;
      case FieldLayer::tcp:
        transport_protocol_ = IpProtocol::tcp;
        return transport_;
      case FieldLayer::udp:
        transport_protocol_ = IpProtocol::udp;
        return transport_;
    }
    return ethernet_;
  }

  bool has_outer_headers(const Packet& packet) const noexcept {
    const EtherHeader* ether = header_at<EtherHeader>(bytes_of(packet), 0);
    if (ether == nullptr) [[unlikely]]
      return false;
    return !tagged_ ||
           (is_vlan_type(ether->type.value()) && header_at<VlanTag>(bytes_of(packet), kTag) != nullptr);
  }

  bool has_inner_headers(const Packet& packet) const noexcept {
    if (network_type_ != kAnyType && (packet.ether_type != network_type_ || packet.l3_offset == kNoOffset ||
                                      packet.l3_offset + network_size_ > packet.length()))
      return false;
    return transport_protocol_ == kAnyProtocol ||
           (packet.l4_offset != kNoOffset && packet.ip_protocol == transport_protocol_ &&
            reaches(packet, packet.l4_offset + static_cast<std::uint32_t>(transport_.touched())));
  }

  /// Edits all in front of the transport header; what that changed of the addresses.
  SumChange edit_headers(Packet& packet) const noexcept {
    ethernet_.apply(packet.data());
    if (tagged_) vlan_.apply(packet.data() + kTag);
    if (network_type_ == kAnyType) return 0;
    std::uint8_t* const network = packet.data() + packet.l3_offset;
    const SumChange addresses = addresses_.apply(network);
    const SumChange rest = network_.apply(network);
    if (network_type_ == EtherType::ipv4) correct(network + offsetof(Ipv4Header, checksum), addresses + rest);
    return addresses;
  }

  /// `place` is that of the checksum in the header; 0: there is none to correct.
  void edit_transport(Packet& packet, SumChange addresses, std::uint32_t place) const noexcept {
    std::uint8_t* const transport = packet.data() + packet.l4_offset;
    const SumChange change = addresses + transport_.apply(transport);
    if (place == 0 || !reaches(packet, packet.l4_offset + place + std::uint32_t{sizeof(std::uint16_t)}))
      return;
    if (packet.ip_protocol == IpProtocol::udp || packet.ip_protocol == IpProtocol::udp_lite)
      correct_udp(transport + place, change);
    else
      correct(transport + place, change);
  }

  /// Neither TCP nor UDP, or options or extension headers in front of it: to be looked at closely.
  static bool is_unusual(const Packet& packet) noexcept {
    const std::size_t header = packet.ether_type == EtherType::ipv6 ? sizeof(Ipv6Header) : sizeof(Ipv4Header);
    return (packet.ip_protocol != IpProtocol::tcp && packet.ip_protocol != IpProtocol::udp) ||
           packet.l4_offset != packet.l3_offset + header;
  }
  static std::uint32_t usual_checksum_place(const Packet& packet) noexcept {
    return packet.ip_protocol == IpProtocol::tcp ? offsetof(TcpHeader, checksum)
                                                 : offsetof(UdpHeader, checksum);
  }

  [[gnu::noinline]] PortIndex edit_unusual(Packet& packet) const noexcept {
    const Layers layers = layers_of(packet);
    const auto frame = bytes_of(std::as_const(packet));
    const bool ipv6 = layers.ether_type == EtherType::ipv6;
    const Ipv6Payload payload = ipv6 ? find_ipv6_payload(frame, layers.l3_offset) : Ipv6Payload();
    const bool is_protected = payload.authenticated || layers.ip_protocol == IpProtocol::authentication ||
                              layers.ip_protocol == IpProtocol::esp;
    if (is_protected || (addresses_.touched() != 0 && counts_hidden_address(frame, layers))) return kOther;
    const std::uint32_t place = pseudo_checksum_place(frame, layers);
    const Ipv6Address source =
        ipv6 ? reinterpret_cast<const Ipv6Header&>(frame[layers.l3_offset]).source : Ipv6Address();
    SumChange addresses = edit_headers(packet);
    // The checksum covers the final destination, which stands in the routing header.
    if (payload.routed)
      addresses = change_of(source, reinterpret_cast<const Ipv6Header&>(frame[layers.l3_offset]).source);
    if (packet.l4_offset != kNoOffset) edit_transport(packet, addresses, place);
    if (moves_layers_) packet.forget_layers();
    return kOut;
  }

  static SumChange change_of(const Ipv6Address& before, const Ipv6Address& after) noexcept {
    SumChange change = 0;
    for (std::size_t at = 0; at < sizeof before; at += sizeof(std::uint32_t)) {
      std::uint32_t words[2];
      std::memcpy(&words[0], &before.bytes[at], sizeof words[0]);
      std::memcpy(&words[1], &after.bytes[at], sizeof words[1]);
      change += SumChange{words[1]} + static_cast<std::uint32_t>(~words[0]);
    }
    return change;
  }

  static void correct(std::uint8_t* place, SumChange change) noexcept {
    std::uint16_t checksum;
    std::memcpy(&checksum, place, sizeof checksum);
    checksum = corrected_checksum(checksum, change);
    std::memcpy(place, &checksum, sizeof checksum);
  }

  /// 0 says that there is no checksum, and a computed 0 is sent as its other form (RFC 768). TCP has no such
  /// rule.
  static void correct_udp(std::uint8_t* place, SumChange change) noexcept {
    std::uint16_t checksum;
    std::memcpy(&checksum, place, sizeof checksum);
    if (checksum == 0) return;
    checksum = corrected_checksum(checksum, change);
    if (checksum == 0) checksum = 0xffff;
    std::memcpy(place, &checksum, sizeof checksum);
  }

  /// Whether the IP packet, which has a transport header, goes on up to this place of the frame. What is
  /// behind its end is padding and no header, whatever it looks like.
  static bool reaches(const Packet& packet, std::uint32_t place) noexcept {
    const std::uint8_t* const network = packet.data() + packet.l3_offset;
    const std::uint32_t length =
        packet.ether_type == EtherType::ipv4
            ? reinterpret_cast<const Ipv4Header*>(network)->total_length.value()
            : sizeof(Ipv6Header) + reinterpret_cast<const Ipv6Header*>(network)->payload_length.value();
    if (place <= std::min(packet.length(), packet.l3_offset + length)) [[likely]]
      return true;
    return place <= end_of(packet);
  }

  /// Also of a packet whose length is 0.
  [[gnu::noinline]] static std::uint32_t end_of(const Packet& packet) noexcept {
    return ip_end(bytes_of(packet),
                  {packet.l3_offset, packet.l4_offset, packet.ether_type, packet.ip_protocol});
  }

  HeaderEdits ethernet_;
  HeaderEdits vlan_;
  HeaderEdits network_;    ///< of IPv4 or IPv6, without the addresses
  HeaderEdits addresses_;  ///< of IPv4 or IPv6; apart, because the transport checksum covers them too
  HeaderEdits transport_;
  std::uint32_t network_size_ = 0;
  EtherType network_type_ = kAnyType;             ///< that the packet must have
  IpProtocol transport_protocol_ = kAnyProtocol;  ///< that it must have
  bool tagged_ = false;                           ///< it must have a VLAN tag
  bool reads_layers_ = false;                     ///< something behind the tags is edited
  bool edits_transport_ = false;  ///< the transport header changes, or what its checksum covers
  bool moves_layers_ = false;
  Value set_;
  Value add_;
};

IXYFLOW_ELEMENT(Rewrite);

}  // namespace ixyflow::elements
