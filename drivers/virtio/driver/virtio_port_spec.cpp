#include <fmt/format.h>

#include "core/os/files/file_mode.hpp"
#include "drivers/common/nic_parameters.hpp"
#include "drivers/virtio/driver/virtio_port.hpp"

namespace ixyflow::drivers::virtio {

void VirtioPort::describe(PortSpecOf<VirtioPort>& spec) {
  spec.doc(
      "A virtio network device: the card of a virtual machine, driven from here without the kernel, or any "
      "vhost-user device on the same machine. Never waits: what nobody takes in time is lost.");
  describe_parameters(spec);
  describe_counters(spec);
}

void VirtioPort::describe_parameters(PortSpecOf<VirtioPort>& spec) {
  spec.param("device", &VirtioPort::device_,
             "PCI address of the device, as `ixyflow dev` shows it, or \"vhost-user:PATH\" of a socket")
      .required("\"0000:00:03.0\"")
      .path(std::string(kVhostUser));
  describe_socket(spec);
  spec.param("queues", &VirtioPort::queues_, "pairs of queues that the device offers, and that may be used")
      .range(1, 128);
  spec.param("receive_descriptors", &VirtioPort::receive_descriptors_,
             "packets that a receive queue can hold, if the device allows it: a power of two")
      .range(64, 4096);
  spec.param("transmit_descriptors", &VirtioPort::transmit_descriptors_,
             "packets that a transmit queue can hold, if the device allows it: a power of two")
      .range(64, 4096);
  spec.choice("ring", &VirtioPort::ring_,
              {{"auto", RingChoice::automatic}, {"split", RingChoice::split}, {"packed", RingChoice::packed}},
              "format of the queues; `auto`: packed where the device has it");
  spec.param(
      "mergeable", &VirtioPort::mergeable_,
      "take frames in several buffers, for devices that cut them: costs a look at every packet's header");
  spec.param(
      "promiscuous", &VirtioPort::promiscuous_,
      "receive every frame; otherwise those to the device's own address, to `addresses`, and broadcast");
  spec.param("multicast", &VirtioPort::multicast_, "receive all multicast");
  spec.param("addresses", &VirtioPort::addresses_, "further MAC addresses to receive, at most 127");
  spec.param("vlans", &VirtioPort::vlans_, "VLANs to receive; without any, all").range(0, 4094);
  spec.param("receive_checksums", &VirtioPort::receive_checksums_,
             "take the device's word on TCP and UDP checksums, and complete those that it left open");
  spec.param("transmit_checksums", &VirtioPort::transmit_checksums_,
             "make the IPv4, TCP and UDP checksums of all that is sent right, by the device if it can");
  spec.choice("rss", &VirtioPort::rss_key_, {{"full", RssKey::full}, {"symmetric", RssKey::symmetric}},
              "key by which packets are dealt out to several queues; symmetric: both directions of a "
              "connection come by one queue, which spreads worse; absent: as what follows needs it");
  spec.param("count", &VirtioPort::count_, ReceiveLimit::kDoc);
  spec.param("force", &VirtioPort::force_,
             "take the device even if its network interface is up, has an address or carries a route");
  spec.positional({"device"});
}

void VirtioPort::describe_socket(PortSpecOf<VirtioPort>& spec) {
  spec.param("server", &VirtioPort::server_,
             "with vhost-user: wait for the other side at the socket, instead of going there");
  spec.param("mode", &VirtioPort::mode_,
             "permissions of the socket of a server, in octal, \"0660\"; without it, what the umask leaves");
  spec.param("owner", &VirtioPort::owner_, "user that the socket of a server belongs to, by name or number");
  spec.param("group", &VirtioPort::group_, "group that the socket of a server belongs to, by name or number");
  spec.param("peer_user", &VirtioPort::peer_user_,
             "user, by name or number, that the other side may run as; root and one's own always may");
}

void VirtioPort::describe_counters(PortSpecOf<VirtioPort>& spec) {
  constexpr auto kReceive = PortDirection::receive;
  constexpr auto kTransmit = PortDirection::transmit;
  const auto frame_drop = [&](const char* name, Counter ReceiveQueue::*counter, const char* doc) {
    spec.drop(kReceive, name, &VirtioPort::receive_, counter, doc);
  };
  frame_drop("rx_length", &ReceiveQueue::bad_length, "shorter than 14 bytes");
  frame_drop("rx_room", &ReceiveQueue::oversize, "its pieces together are longer than packet_size");
  frame_drop("bad_header", &ReceiveQueue::bad_header,
             "its header tells of segments or of no buffers at all, on which nobody agreed");
  frame_drop("bad_checksum", &ReceiveQueue::bad_checksum,
             "its checksum was left open at a place outside of it");
  frame_drop("not_taken", &ReceiveQueue::not_taken, "still in the queue when it was stopped or reset");
  spec.drop(kTransmit, "tx_length", &VirtioPort::transmit_, &TransmitQueue::bad_length,
            "shorter than 14 bytes, or longer than the device's MTU allows");
  spec.drop(kTransmit, "no_headroom", &VirtioPort::transmit_, &TransmitQueue::no_headroom,
            "fills its buffer, so that there is no place for a header of 12 bytes");
  spec.drop(kTransmit, "flushed", &VirtioPort::transmit_, &TransmitQueue::flushed,
            "given to the device, but not sent before a reset or the end");
  spec.counter("link_losses", &VirtioPort::link_losses, "times that the link went down");
  spec.counter("resets", &VirtioPort::resets, "resets of the device to bring it back");
  spec.counter("queue_resets", &VirtioPort::queue_resets,
               "resets of single queues, where the device has them");
}

void VirtioPort::configure(PortConfiguration& configuration) {
  const NicParameters parameters(configuration);
  if (vhost_user()) {
    if (device_.size() == kVhostUser.size())
      parameters.mistake("device", "names no socket", "\"vhost-user:/path/to.sock\"");
  } else {
    if (const auto form = check_device_string(device_); !form)
      parameters.mistake("device", form.error().text, "\"vhost-user:/path/to.sock\" is another process");
    if (server_) parameters.mistake("server", "is for vhost-user", "leave it out");
  }
  check_socket(parameters);
  parameters.check_descriptors(receive_descriptors_, transmit_descriptors_);
  parameters.check_addresses(addresses_.size());
  settings_ = {.receive_descriptors = receive_descriptors_,
               .transmit_descriptors = transmit_descriptors_,
               .data_room = configuration.packet_size,
               .ring = ring_,
               .mergeable = mergeable_,
               .receive_checksums = receive_checksums_,
               .transmit_checksums = transmit_checksums_,
               .promiscuous = promiscuous_,
               .multicast = multicast_,
               .addresses = addresses_,
               .vlans = vlans_};
}

void VirtioPort::check_socket(const NicParameters& parameters) const {
  if (!mode_.empty())
    if (const auto form = parse_file_mode(mode_); !form) parameters.mistake("mode", form.error().text);
  if (vhost_user() && server_) return;
  for (const auto& [key, text] : {std::pair{"mode", mode_}, {"owner", owner_}, {"group", group_}})
    if (!text.empty()) parameters.mistake(key, "is for the socket of a server", "server = true");
}

IXYFLOW_PORT(VirtioPort, "virtio");

}  // namespace ixyflow::drivers::virtio
