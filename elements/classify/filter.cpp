#include <optional>
#include <string>

#include "core/element/packet_element.hpp"
#include "core/net/packet_filter.hpp"
#include "core/packet/layers.hpp"

namespace ixyflow::elements {

class Filter final : public PacketElement<Filter> {
  enum : PortIndex { kOut, kOther };

 public:
  static void describe(Spec<Filter>& spec) {
    spec.doc(
            "Lets through what matches a libpcap filter expression (pcap-filter(7)), as in \"udp port 53\". "
            "What does not match leaves by `other`; with nothing wired there, it is dropped. The expression "
            "looks through VLAN tags, unless it speaks of them itself: by `vlan`, or by number as in "
            "\"ether[12:2] = 0x8100\" and \"ether proto 0x88a8\"; libpcap alone would match untagged frames "
            "only. Names of hosts are not looked up. `inbound`, `outbound` and `ifindex` are refused, "
            "because only a kernel that captured the packet knows them, and `ip broadcast` is "
            "255.255.255.255 (and 0.0.0.0), as for a capture. A list may be long: thousands of addresses "
            "take a fraction of a second.")
        .output(kOut, "out", "what matches")
        .output(kOther, "other", "what does not match")
        .keeps_length();
    spec.param("expr", &Filter::expression_, "the filter expression").required("\"udp port 53\"");
    spec.choice("vlan", &Filter::vlan_, {{"through", VlanMode::through}, {"strict", VlanMode::strict}},
                "whether to look behind VLAN tags, or to take the expression as libpcap does");
  }

  void configure(Configuration& configuration) override {
    auto filter = PacketFilter::compile(expression_, vlan_);
    if (filter)
      filter_.emplace(std::move(*filter));
    else
      configuration.error("expr", filter.error().text);
  }

  PortIndex handle(Packet& packet) noexcept {
    return filter_->matches(bytes_of(std::as_const(packet)), packet.wire_length()) ? kOut : kOther;
  }

 private:
  std::string expression_;
  VlanMode vlan_ = VlanMode::through;
  std::optional<PacketFilter> filter_;
};

IXYFLOW_ELEMENT(Filter);

}  // namespace ixyflow::elements
