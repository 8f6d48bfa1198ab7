#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/element/packet_element.hpp"
#include "core/net/addresses.hpp"
#include "core/net/checksum.hpp"
#include "core/net/headers.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow::elements {

class CheckIPHeader final : public PacketElement<CheckIPHeader> {
  enum : PortIndex { kOut, kBad, kNotIp };

 public:
  static void describe(Spec<CheckIPHeader>& spec) {
    spec.doc(
            "Checks the IPv4 header as RFC 1812, 5.2.2 says, in its order: the header fits the frame, its "
            "checksum, version, header length, total length; then the source address. The first check that "
            "fails is counted and the packet leaves by `bad`. Padding behind the total length is cut off. A "
            "frame that a capture cut counts as long as it was on the wire. A total length of 0 is right, "
            "and means to the end of the frame: so a capture shows what the sender's network card was to "
            "cut into segments (Linux, \"BIG TCP\"). Unlike Click's CheckIPHeader it finds the header "
            "through VLAN tags and passes what is not IPv4 to `not_ip`; BADSRC is a list of prefixes and "
            "empty unless given.")
        .example(R"([elements.check]
type = "CheckIPHeader"
bad_sources = ["0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3"]
[graph]
paths = ["in -> check -> out", "check[bad] -> Discard", "check[not_ip] -> Discard"])")
        .output(kOut, "out", "packets with a good header, without padding")
        .output(kBad, "bad", "IPv4 packets that failed a check, unchanged")
        .output(kNotIp, "not_ip", "frames that are not IPv4, unchanged")
        .counter("bad_length", &CheckIPHeader::bad_length_, "the frame ends before the header does")
        .counter("bad_checksum", &CheckIPHeader::bad_checksum_, "the header checksum is wrong")
        .counter("bad_version", &CheckIPHeader::bad_version_, "the version is not 4")
        .counter("bad_header_length", &CheckIPHeader::bad_header_length_,
                 "the header length is below 20 bytes")
        .counter("bad_total_length", &CheckIPHeader::bad_total_length_,
                 "the total length is below the header length, and not 0, or beyond the end of the frame")
        .counter("bad_source", &CheckIPHeader::bad_source_, "the source address is one of `bad_sources`");
    spec.param("checksum", &CheckIPHeader::verify_checksum_, "verify the header checksum");
    spec.param("bad_sources", &CheckIPHeader::bad_sources_,
               "prefixes, or single addresses, that no source address may be of");
  }

  void configure(Configuration& /*configuration*/) override {
    rules_.clear();
    for (const Ipv4Prefix& prefix : bad_sources_) {
      const Be32 mask(prefix.length == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix.length));
      rules_.push_back({.mask = raw(mask), .address = raw(prefix.address)});
    }
  }

  PortIndex handle(Packet& packet) noexcept {
    const Ipv4Header* ip = ipv4(packet);
    if (ip == nullptr) [[unlikely]] {
      if (packet.ether_type != EtherType::ipv4) return kNotIp;
      ++bad_length_;
      return kBad;
    }
    if (Counter* fault = check(packet, *ip)) [[unlikely]] {
      ++*fault;
      return kBad;
    }
    trim_padding(packet, packet.l3_offset + std::uint32_t{ip->total_length.value()});
    return kOut;
  }

 private:
  struct Rule {
    std::uint32_t mask = 0;
    std::uint32_t address = 0;
  };

  /// The four bytes as they lie in memory: comparing them needs no order.
  template <class FourBytes>
  static std::uint32_t raw(const FourBytes& bytes) noexcept {
    static_assert(sizeof bytes == sizeof(std::uint32_t));
    std::uint32_t number;
    std::memcpy(&number, &bytes, sizeof number);
    return number;
  }

  /// The counter of the first check that fails, or null.
  Counter* check(const Packet& packet, const Ipv4Header& ip) noexcept {
    const std::uint32_t header = ip.header_length();
    const auto here = bytes_of(packet).subspan(packet.l3_offset);
    // The checksum comes before the header length (RFC 1812): a header that claims to be too short is summed
    // over the 20 bytes that it must have.
    const std::size_t summed = std::max<std::size_t>(header, sizeof ip);
    if (summed > here.size()) return &bad_length_;
    if (verify_checksum_ && checksum_add(0, here.first(summed)) != 0xffff) return &bad_checksum_;
    if (ip.version() != 4) return &bad_version_;
    if (header < sizeof ip) return &bad_header_length_;
    const std::uint32_t total = ip.total_length.value();
    if (total < header || total > packet.wire_length() - packet.l3_offset) [[unlikely]]
      if (total != 0) return &bad_total_length_;
    for (const Rule& rule : rules_)
      if ((raw(ip.source) & rule.mask) == rule.address) return &bad_source_;
    return nullptr;
  }

  /// Makes `end` the length of the frame on the wire; what is there of it stays. Not Packet::trim, which
  /// makes a whole frame of one that a capture cut. A total length of 0 says that there is no padding.
  static void trim_padding(Packet& packet, std::uint32_t end) noexcept {
    if (packet.wire_length() != end && end != packet.l3_offset) [[unlikely]]
      packet.set_length(std::min(packet.length(), end), end);
  }

  bool verify_checksum_ = true;
  std::vector<Ipv4Prefix> bad_sources_;
  std::vector<Rule> rules_;
  Counter bad_length_;
  Counter bad_checksum_;
  Counter bad_version_;
  Counter bad_header_length_;
  Counter bad_total_length_;
  Counter bad_source_;
};

IXYFLOW_ELEMENT(CheckIPHeader);

}  // namespace ixyflow::elements
