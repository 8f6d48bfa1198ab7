// The port `virtio` before it touches a device: its parameters.

#include <catch2/catch.hpp>
#include <string>

#include "tests/drivers/port_rig.hpp"

namespace ixyflow::test {
namespace {

std::string mistakes(PortRig::Parameters parameters) {
  PortRig rig("virtio", std::move(parameters));
  return rig.diagnostics.ok() ? "" : rig.diagnostics.render();
}
bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const std::string kPci = "0000:00:03.0";

}  // namespace

TEST_CASE("a virtio port takes a PCI address, a vfio-user or a vhost-user socket, and nothing else") {
  for (const std::string device : {"0000:00:03.0", "00:03.0", "vfio-user:/tmp/x", "vhost-user:/tmp/x"})
    CHECK(mistakes({{"device", device}}).empty());
  for (const std::string device : {"", "eth0", "vhost-user:", "0000:00:03", "vhost:/tmp/x"})
    CHECK(contains(mistakes({{"device", device}}), "\"vhost-user:/path/to.sock\""));
}

TEST_CASE("virtio parameters that cannot be are refused with what is allowed") {
  CHECK(contains(mistakes({{"device", kPci}, {"server", true}}), "is for vhost-user"));
  CHECK(mistakes({{"device", std::string("vhost-user:/tmp/x")}, {"server", true}}).empty());
  for (const char* key : {"mode", "owner", "group"})
    CHECK(contains(mistakes({{"device", std::string("vhost-user:/tmp/x")}, {key, std::string("0660")}}),
                   "is for the socket of a server"));
  CHECK(contains(
      mistakes(
          {{"device", std::string("vhost-user:/tmp/x")}, {"server", true}, {"mode", std::string("0999")}}),
      "permissions of a file in octal"));
  for (const char* key : {"receive_descriptors", "transmit_descriptors"}) {
    CHECK(contains(mistakes({{"device", kPci}, {key, std::int64_t{100}}}), "64 or 128"));
    CHECK(contains(mistakes({{"device", kPci}, {key, std::int64_t{32}}}), "64 to 4096"));
    CHECK(mistakes({{"device", kPci}, {key, std::int64_t{4096}}}).empty());
  }
  CHECK_FALSE(mistakes({{"device", kPci}, {"ring", std::string("round")}}).empty());
  CHECK_FALSE(mistakes({{"device", kPci}, {"queues", std::int64_t{0}}}).empty());
  CHECK_FALSE(mistakes({{"device", kPci}, {"queues", std::int64_t{129}}}).empty());
}

TEST_CASE("what a virtio port needs is known before its device is") {
  PortRig pci("virtio", {{"device", kPci}, {"queues", std::int64_t{4}}});
  const PortProperties of_pci = pci.port->properties();
  CHECK(of_pci.receive_queues == 4);
  CHECK(of_pci.transmit_queues == 4);
  CHECK(of_pci.buffers == 256);
  CHECK(of_pci.addresses == DeviceAddresses::physical);
  CHECK(of_pci.claims == std::vector<std::string>{"device 0000:00:03.0"});
  PortRig peer("virtio", {{"device", std::string("vhost-user:/tmp/x")}});
  const PortProperties of_peer = peer.port->properties();
  CHECK(of_peer.addresses == DeviceAddresses::linear);
  // A legacy device has queues of any length; a peer has what it is asked for.
  CHECK(of_peer.queue_memory < of_pci.queue_memory);
  CHECK(of_pci.queue_memory < 1U << 20);
}

}  // namespace ixyflow::test
