#include <fmt/format.h>

#include "core/element/packet_element.hpp"
#include "core/packet/layers.hpp"
#include "elements/ip/ipv4_table.hpp"

namespace ixyflow::elements {

class StaticIPLookup final : public PacketElement<StaticIPLookup> {
  enum : PortIndex { kNoRoute = kFirstDrop, kNotIp, kTruncated };

 public:
  static void describe(Spec<StaticIPLookup>& spec) {
    spec.doc(
            "Sends each IPv4 packet to the output that a table (a resource of type IPv4Table) has for its "
            "destination; the longest prefix wins. Unlike Click's StaticIPLookup it takes the table by its "
            "name, so that several elements and cores share one and its entries can be changed while they "
            "work, and it sets no gateway: a table has outputs only. It looks at the destination in the "
            "header, not at an annotation, and finds the header through VLAN tags.")
        .example(R"([resources.routes]
type = "IPv4Table"
entries = ["10.0.0.0/8 0", "10.1.0.0/16 1"]

[elements.lookup]
type = "StaticIPLookup"
table = "routes"

[graph]
paths = ["in -> lookup", "lookup[0] -> out", "lookup[1] -> Discard"])")
        .outputs_as_wired()
        .filter(kNoRoute, "no_route", "the table has no prefix that its destination is of")
        .drop(kNotIp, "not_ip", "it is not IPv4; CheckIPHeader in front has an output for these packets")
        .drop(kTruncated, "truncated", "the IPv4 header does not fit the packet")
        .keeps_length();
    spec.resource("table", &StaticIPLookup::table_, "IPv4Table", "where to look up");
  }

  void configure(Configuration& configuration) override {
    outputs_ = configuration.outputs;
    for (const Ipv4Route& route : table_->routes())
      if (route.output >= outputs_)
        return configuration.error("table", fmt::format("'{}' has '{}', but output {} is not wired",
                                                        table_.name, elements::show(route), route.output));
    table_->limit_outputs(outputs_);
  }

  void start_batch() noexcept { ranges_ = &table_->read(); }

  PortIndex handle(Packet& packet) noexcept {
    const Ipv4Header* ip = ipv4(packet);
    if (ip == nullptr) [[unlikely]]
      return packet.ether_type == EtherType::ipv4 ? kTruncated : kNotIp;
    const PortIndex output = ranges_->find(ip->destination);
    return output < outputs_ ? output : PortIndex{kNoRoute};
  }

 private:
  ResourceRef<IPv4Table> table_;
  const Ipv4Ranges* ranges_ = nullptr;  ///< the version for this batch
  PortIndex outputs_ = 0;
};

IXYFLOW_ELEMENT(StaticIPLookup);

}  // namespace ixyflow::elements
