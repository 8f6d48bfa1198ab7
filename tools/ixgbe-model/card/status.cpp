#include <fmt/format.h>

#include <iterator>

#include "tools/ixgbe-model/card/parts.hpp"
#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

void add(std::string& text, std::string_view key, std::uint64_t value) {
  fmt::format_to(std::back_inserter(text), "{} {}\n", key, value);
}

void add_totals(std::string& text, const Parts& parts) {
  std::uint64_t rx_packets = 0, rx_bytes = 0, tx_packets = 0, tx_bytes = 0;
  for (std::uint32_t i = 0; i < queue::kQueues; ++i) {
    rx_packets += parts.receive.packets(i);
    rx_bytes += parts.receive.bytes(i);
    tx_packets += parts.transmit.packets(i);
    tx_bytes += parts.transmit.bytes(i);
  }
  add(text, "rx_packets", rx_packets);
  add(text, "rx_bytes", rx_bytes);
  add(text, "tx_packets", tx_packets);
  add(text, "tx_bytes", tx_bytes);
}

void add_drops(std::string& text, const Parts& parts) {
  const ReceiveDrops& rx = parts.receive.drops();
  add(text, "rx_dropped_filtered", rx.filtered);
  add(text, "rx_dropped_by_flow_filter", rx.by_flow_filter);
  add(text, "rx_dropped_runt", rx.runt);
  add(text, "rx_dropped_oversize", rx.oversize);
  add(text, "rx_dropped_no_descriptor", rx.no_descriptor);
  add(text, "rx_dropped_queue_disabled", rx.queue_disabled);
  add(text, "rx_dropped_ring_too_small", rx.ring_too_small);
  add(text, "rx_dropped_receiver_off", rx.receiver_off);
  add(text, "rx_bad_address", rx.bad_address);
  const TransmitDrops& tx = parts.transmit.drops();
  add(text, "tx_dropped_malformed", tx.malformed);
  add(text, "tx_dropped_too_long", tx.too_long);
  add(text, "tx_dropped_bad_fcs", tx.bad_fcs);
  add(text, "tx_bad_address", tx.bad_address);
  add(text, "tx_lost_on_wire", parts.lost_on_wire);
  add(text, "bad_tails", parts.receive.queues().bad_tails() + parts.transmit.queues().bad_tails());
  add(text, "unknown_registers", parts.file.unknown_accesses());
  add(text, "unserved_capabilities", parts.unserved.told());
  if (parts.file.unknown_accesses() != 0)
    fmt::format_to(std::back_inserter(text), "last_unknown_register 0x{:05x}\n", parts.file.last_unknown());
}

void add_filters(std::string& text, const RegisterFile& file) {
  const std::uint32_t control = file.get(reg::kFctrl);
  add(text, "unicast_promiscuous", (control & bits::fctrl::kUnicastAll) != 0);
  add(text, "multicast_promiscuous", (control & bits::fctrl::kMulticastAll) != 0);
  add(text, "broadcast_accepted", (control & bits::fctrl::kBroadcast) != 0);
  add(text, "vlan_filter", (file.get(reg::kVlnCtrl) & bits::vlnctrl::kFilter) != 0);
  std::uint64_t addresses = 0;
  for (std::uint32_t i = 0; i < reg::kRah.count; ++i)
    addresses += (file.get(reg::kRah.at(i)) & bits::rah::kValid) != 0;
  add(text, "addresses", addresses);
}

void add_queues(std::string& text, const Parts& parts) {
  add(text, "rx_queues", parts.receive.queues().enabled().size());
  add(text, "tx_queues", parts.transmit.queues().enabled().size());
  for (std::uint32_t i = 0; i < queue::kQueues; ++i) {
    if (parts.receive.queues()[i].enabled || parts.receive.packets(i) != 0)
      add(text, fmt::format("rx_queue_{}_packets", i), parts.receive.packets(i));
    if (parts.transmit.queues()[i].enabled || parts.transmit.packets(i) != 0)
      add(text, fmt::format("tx_queue_{}_packets", i), parts.transmit.packets(i));
  }
}

}  // namespace

std::string describe(const Parts& parts) {
  std::string text = fmt::format("link {}\n", parts.link.up() ? "up" : "down");
  add(text, "link_changes", parts.link.changes());
  add(text, "paused", parts.flow_control.paused());
  add(text, "resets", parts.control.resets());
  add(text, "interrupts", parts.interrupts.raised());
  add_totals(text, parts);
  add_drops(text, parts);
  add_filters(text, parts.file);
  add_queues(text, parts);
  return text;
}

}  // namespace ixyflow::model
