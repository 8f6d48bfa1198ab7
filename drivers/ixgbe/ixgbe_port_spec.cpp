// What a user may say of a port and what it counts; what it does is in ixgbe_port.cpp.

#include <fmt/core.h>

#include <algorithm>

#include "drivers/bus/device_string.hpp"
#include "drivers/common/nic_parameters.hpp"
#include "drivers/ixgbe/ixgbe_port.hpp"

namespace ixyflow::drivers::ixgbe {

void IxgbePort::describe(PortSpecOf<IxgbePort>& spec) {
  spec.doc(
      "A port of an Intel 82599 (X520), X540 or X550 network card, driven from here: no kernel module, no "
      "interrupts. Up to 16 queues in each direction; packets of a flow come by one queue. "
      "Never waits: what nobody takes in time is lost and counted.");
  describe_parameters(spec);
  describe_counters(spec);
}

void IxgbePort::describe_parameters(PortSpecOf<IxgbePort>& spec) {
  spec.param("device", &IxgbePort::device_,
             "PCI address of the port, as `ixyflow dev` shows it, or \"vfio-user:PATH\" of a device model")
      .required("\"0000:03:00.0\"")
      .path(std::string(kVfioUserPrefix));
  spec.param("peer_user", &IxgbePort::peer_user_,
             "user, by name or number, that a device model may run as; root and one's own always may");
  spec.param(
          "receive_descriptors", &IxgbePort::receive_descriptors_,
          "packets that a receive queue can hold: a power of two; more survive longer pauses, and add latency")
      .range(64, 4096);
  spec.param("transmit_descriptors", &IxgbePort::transmit_descriptors_,
             "packets that a transmit queue can hold: a power of two")
      .range(64, 4096);
  spec.param("promiscuous", &IxgbePort::promiscuous_,
             "receive every frame; otherwise those to the card's own address, to `addresses`, and broadcast");
  spec.param("multicast", &IxgbePort::multicast_, "receive all multicast");
  spec.param("addresses", &IxgbePort::addresses_, "further MAC addresses to receive, at most 127");
  spec.param(
      "vlan_strip", &IxgbePort::vlan_strip_,
      "take the outer VLAN tag off: it goes along beside the packet, and `vlan_insert` of a port puts it back");
  spec.param("vlan_insert", &IxgbePort::vlan_insert_, "put VLAN tags back that were taken off at reception");
  spec.param("receive_checksums", &IxgbePort::receive_checksums_,
             "note on each packet whether the card found its IPv4, TCP and UDP checksums right");
  spec.param("transmit_checksums", &IxgbePort::transmit_checksums_,
             "have the card fill in the IPv4, TCP and UDP checksums of all that is sent");
  spec.param("flow_control", &IxgbePort::flow_control_,
             "stop sending while the other end asks for it (PAUSE)");
  spec.choice("rss", &IxgbePort::rss_key_, {{"full", RssKey::full}, {"symmetric", RssKey::symmetric}},
              "key by which packets are dealt out to several queues; symmetric: both directions of a "
              "connection come by one queue, which spreads worse; absent: as what follows needs it");
  spec.param("count", &IxgbePort::count_, ReceiveLimit::kDoc);
  spec.param("force", &IxgbePort::force_,
             "take the device even if its network interface is up, has an address or carries a route");
  spec.positional({"device"});
}

void IxgbePort::describe_counters(PortSpecOf<IxgbePort>& spec) {
  constexpr auto kReceive = PortDirection::receive;
  constexpr auto kTransmit = PortDirection::transmit;
  spec.drop(kReceive, "missed", &IxgbePort::missed, "the card's own buffer was full");
  spec.drop(kReceive, "no_descriptor", &IxgbePort::no_descriptor,
            "nobody took packets out of the queue in time");
  spec.drop(kReceive, "crc_error", &IxgbePort::crc_errors, "wrong FCS");
  spec.drop(kReceive, "undersize", &IxgbePort::undersize, "shorter than 64 bytes with FCS");
  spec.drop(kReceive, "oversize", &IxgbePort::oversize, "longer than packet_size");
  const auto frame_drop = [&](const char* name, Counter ReceiveQueue::*counter, const char* doc) {
    spec.drop(kReceive, name, &IxgbePort::receive_, counter, doc);
  };
  frame_drop("rx_crc", &ReceiveQueue::crc_error, "delivered by the card with a wrong FCS");
  frame_drop("rx_length", &ReceiveQueue::length_error, "delivered with a length field that is wrong");
  frame_drop("rx_byte", &ReceiveQueue::byte_error, "delivered with an illegal byte");
  frame_drop("rx_oversize", &ReceiveQueue::mac_oversize, "delivered although too long");
  frame_drop("rx_undersize", &ReceiveQueue::mac_undersize,
             "delivered although too short, or with another error");
  frame_drop("rx_room", &ReceiveQueue::oversize, "its pieces together are longer than packet_size");
  frame_drop("bad_descriptor", &ReceiveQueue::bad_descriptor, "the card reported an impossible length");
  frame_drop("not_taken", &ReceiveQueue::not_taken, "still in the queue when it was stopped or reset");
  spec.drop(kTransmit, "tx_length", &IxgbePort::transmit_, &TransmitQueue::bad_length,
            "shorter than 14 bytes, or longer than the card can send");
  spec.drop(kTransmit, "flushed", &IxgbePort::transmit_, &TransmitQueue::flushed,
            "given to the card, but not sent before the link was lost, a reset or the end");
  spec.counter("card_received", &IxgbePort::good_received, "good frames, by the card's own count");
  spec.counter("card_received_bytes", &IxgbePort::good_received_bytes, "their bytes, FCS included");
  spec.counter("card_sent", &IxgbePort::good_transmitted, "good frames, by the card's own count");
  spec.counter("card_sent_bytes", &IxgbePort::good_transmitted_bytes, "their bytes, FCS included");
  spec.counter("illegal_bytes", &IxgbePort::illegal_bytes, "illegal and faulty bytes on the wire");
  spec.counter("length_errors", &IxgbePort::length_errors, "frames whose length field was wrong");
  spec.counter("pause_received", &IxgbePort::pause_received, "PAUSE frames of the other end");
  spec.counter("link_losses", &IxgbePort::link_losses, "times that the link went down");
  spec.counter("resets", &IxgbePort::resets, "resets of the card to bring it back");
}

void IxgbePort::configure(PortConfiguration& configuration) {
  const NicParameters parameters(configuration);
  if (const auto form = check_device_string(device_); !form) parameters.mistake("device", form.error().text);
  parameters.check_descriptors(receive_descriptors_, transmit_descriptors_);
  parameters.check_addresses(addresses_.size());
  if (configuration.packet_size < 1024)
    parameters.mistake(
        "driver",
        fmt::format("needs buffers of 1024 bytes, and packet_size is {}", configuration.packet_size),
        "raise packet_size in [pipeline]");
  const std::uint32_t room = configuration.packet_size;
  settings_ = {.longest = std::min(room, tx::kLongestFrame),
               .promiscuous = promiscuous_,
               .multicast = multicast_,
               .addresses = addresses_,
               .vlan_strip = vlan_strip_,
               .flow_control = flow_control_};
  queue_settings_ = {receive_descriptors_,
                     transmit_descriptors_,
                     room,
                     false,
                     {.checksums = transmit_checksums_, .vlan = vlan_insert_}};
}

IXYFLOW_PORT(IxgbePort, "ixgbe");

}  // namespace ixyflow::drivers::ixgbe
