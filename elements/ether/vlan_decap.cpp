#include <cstddef>
#include <cstdint>
#include <cstring>

#include "core/element/packet_element.hpp"
#include "core/net/headers.hpp"
#include "core/net/parser.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow::elements {

class VLANDecap final : public PacketElement<VLANDecap> {
  enum : PortIndex { kOut, kTruncated };

 public:
  static void describe(Spec<VLANDecap>& spec) {
    spec.doc(
            "Takes the outermost VLAN tag (0x8100, 0x88a8 or 0x9100) off and keeps its EtherType and its "
            "TCI in the packet's annotation, where VLANEncap finds them. Frames without a tag pass "
            "unchanged and get the annotation 0x8100 with TCI 0. Click's VLANDecap knows 0x8100 only.")
        .output(kOut, "out", "the frame without its outermost tag")
        .drop(kTruncated, "truncated", "shorter than an Ethernet header, or the tag is cut")
        .counter("untagged", &VLANDecap::untagged_, "frames without a tag, passed on unchanged");
  }

  PortIndex handle(Packet& packet) noexcept {
    const EtherHeader* ether = header_at<EtherHeader>(bytes_of(packet), 0);
    if (ether == nullptr) [[unlikely]]
      return kTruncated;
    if (!is_vlan_type(ether->type.value())) {
      ++untagged_;
      packet.keep_vlan_tag(EtherType::vlan, 0);
      return kOut;
    }
    const VlanTag* tag = header_at<VlanTag>(bytes_of(packet), sizeof(EtherHeader));
    if (tag == nullptr) [[unlikely]]
      return kTruncated;
    packet.keep_vlan_tag(ether->type.value(), tag->tci.value());
    std::memmove(packet.data() + sizeof(VlanTag), packet.data(), offsetof(EtherHeader, type));
    return packet.pull(sizeof(VlanTag)) ? kOut : kTruncated;
  }

 private:
  Counter untagged_;
};

IXYFLOW_ELEMENT(VLANDecap);

}  // namespace ixyflow::elements
