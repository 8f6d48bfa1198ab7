#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "core/element/packet_element.hpp"
#include "core/net/headers.hpp"
#include "core/net/parser.hpp"
#include "elements/ether/ether_type_parameter.hpp"

namespace ixyflow::elements {

class VLANEncap final : public PacketElement<VLANEncap> {
  enum : PortIndex { kOut, kTruncated, kNoHeadroom };

 public:
  static void describe(Spec<VLANEncap>& spec) {
    spec.doc(
            "Puts a VLAN tag behind the MAC addresses (IEEE 802.1Q; 802.1ad with `ethertype = 0x88a8`), "
            "outside the tags that are there. What neither `id` nor `tci` says is taken from the packet's "
            "annotation, which VLANDecap sets: without parameters it puts back the tag that VLANDecap took "
            "off, its EtherType too, as Click's VLANEncap does with ANNO. There is no native VLAN: every "
            "frame is tagged.")
        .example(R"([elements.tag]
type = "VLANEncap"
id = 100
pcp = 5
[graph]
paths = ["in -> tag -> out"])")
        .output(kOut, "out", "the tagged frame")
        .drop(kTruncated, "truncated", "shorter than an Ethernet header")
        .drop(kNoHeadroom, "no_headroom", "the buffer has no 4 bytes left in front of the packet")
        .headroom(sizeof(VlanTag));
    spec.param("id", &VLANEncap::id_,
               "VLAN identifier; 0 is a priority tag; without it, that of the annotation")
        .range(0, kMaxId);
    spec.param("pcp", &VLANEncap::priority_,
               "priority code point; without it 0 beside `id`, else that of the annotation")
        .range(0, 7);
    spec.param("tci", &VLANEncap::tci_, "the whole tag control information, instead of `id` and `pcp`");
    spec.param("ethertype", &VLANEncap::type_,
               "EtherType that announces the tag: 0x8100, 0x88a8 or 0x9100; without it 0x8100 beside `id` or "
               "`tci`, else that of the annotation");
  }

  void configure(Configuration& configuration) override {
    if (tci_ && (id_ || priority_))
      configuration.error("tci", "'tci' stands instead of 'id' and 'pcp', not beside them");
    if (type_ && !is_vlan_type(*type_))
      configuration.error("ethertype",
                          fmt::format("'ethertype' takes the EtherType of a VLAN tag, not {}",
                                      ParameterType<EtherType>::show(*type_)),
                          "0x8100, 0x88a8 or 0x9100");
    keeps_type_ = !type_ && !tci_ && !id_;
    new_type_ = type_.value_or(EtherType::vlan);
    const unsigned priority = unsigned{priority_.value_or(0)} << kPriorityShift;
    if (tci_ || id_) {
      keep_ = 0;
      set_ = static_cast<std::uint16_t>(tci_ ? *tci_ : priority | *id_);
    } else if (priority_) {
      keep_ = (1U << kPriorityShift) - 1;
      set_ = static_cast<std::uint16_t>(priority);
    }
  }

  PortIndex handle(Packet& packet) noexcept {
    if (packet.length() < sizeof(EtherHeader)) [[unlikely]]
      return kTruncated;
    if (!packet.push(sizeof(VlanTag))) [[unlikely]]
      return kNoHeadroom;
    std::uint8_t* const frame = packet.data();
    std::memmove(frame, frame + sizeof(VlanTag), kAddresses);
    const BeEtherType type(keeps_type_ ? packet.vlan_type() : new_type_);
    const Be16 tci(static_cast<std::uint16_t>((packet.vlan_tci & keep_) | set_));
    std::memcpy(frame + kAddresses, &type, sizeof type);
    std::memcpy(frame + kAddresses + sizeof type, &tci, sizeof tci);
    return kOut;
  }

 private:
  static constexpr std::size_t kAddresses = offsetof(EtherHeader, type);
  static constexpr std::int64_t kMaxId = 4094;  // 4095 is reserved: IEEE 802.1Q, table 9-2
  static constexpr unsigned kPriorityShift = 13;

  std::optional<std::uint16_t> id_;
  std::optional<std::uint8_t> priority_;
  std::optional<std::uint16_t> tci_;
  std::optional<EtherType> type_;
  EtherType new_type_ = EtherType::vlan;
  bool keeps_type_ = false;      ///< that of the annotation
  std::uint16_t keep_ = 0xffff;  ///< bits of the annotation that go into the tag
  std::uint16_t set_ = 0;
};

IXYFLOW_ELEMENT(VLANEncap);

}  // namespace ixyflow::elements
