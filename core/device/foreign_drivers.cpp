#include "core/device/foreign_drivers.hpp"

#include <algorithm>
#include <array>

namespace ixyflow {
namespace {

struct ForeignDriver {
  std::string_view name;  ///< in small letters
  std::string_view hint;
};

constexpr std::string_view kCaptureHint = "a capture, pcapng as well, is a port with driver = \"pcap\"";
constexpr std::string_view kKernelHint =
    "interfaces of the kernel cannot be opened yet; a capture of one (tcpdump -w) is a port with driver = "
    "\"pcap\"";
constexpr std::string_view kGeneratorHint = "what makes packets is a port with driver = \"generator\"";
constexpr std::string_view kIxgbeHint = "a card of Intel's 82599 family is a port with driver = \"ixgbe\"";
constexpr std::string_view kVirtioHint = "the card of a virtual machine is a port with driver = \"virtio\"";
constexpr std::string_view kVhostHint =
    "the other end of a virtual machine's card is a port with driver = \"vhost\"";
constexpr std::string_view kNullHint = "what drops everything is a port with driver = \"null\"";

constexpr std::array kForeignDrivers = std::to_array<ForeignDriver>({
    {"pcapng", kCaptureHint},    {"libpcap", kCaptureHint},   {"file", kCaptureHint},
    {"capture", kCaptureHint},   {"tcpdump", kCaptureHint},   {"dump", kCaptureHint},
    {"net_pcap", kCaptureHint},  {"afpacket", kKernelHint},   {"af_packet", kKernelHint},
    {"af_xdp", kKernelHint},     {"afxdp", kKernelHint},      {"xdp", kKernelHint},
    {"tap", kKernelHint},        {"tun", kKernelHint},        {"tuntap", kKernelHint},
    {"veth", kKernelHint},       {"raw", kKernelHint},        {"socket", kKernelHint},
    {"kernel", kKernelHint},     {"linux", kKernelHint},      {"netdev", kKernelHint},
    {"interface", kKernelHint},  {"ethernet", kKernelHint},   {"dpdk", kKernelHint},
    {"netmap", kKernelHint},     {"source", kGeneratorHint},  {"pktgen", kGeneratorHint},
    {"traffic", kGeneratorHint}, {"gen", kGeneratorHint},     {"ixgbevf", kIxgbeHint},
    {"82599", kIxgbeHint},       {"x520", kIxgbeHint},        {"intel", kIxgbeHint},
    {"net_ixgbe", kIxgbeHint},   {"virtio_net", kVirtioHint}, {"virtio-net", kVirtioHint},
    {"net_virtio", kVirtioHint}, {"virtio-pci", kVirtioHint}, {"vhost-user", kVhostHint},
    {"vhost_user", kVhostHint},  {"vhostuser", kVhostHint},   {"net_vhost", kVhostHint},
    {"discard", kNullHint},      {"none", kNullHint},         {"drop", kNullHint},
    {"dev/null", kNullHint},
});

}  // namespace

std::string foreign_driver_hint(std::string_view driver) {
  std::string name(driver);
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto found = std::ranges::find(kForeignDrivers, name, &ForeignDriver::name);
  return found == kForeignDrivers.end() ? "" : std::string(found->hint);
}

}  // namespace ixyflow
