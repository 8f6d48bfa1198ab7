// Feature negotiation: what a device offers and what the driver takes of it (virtio 1.2, 2.2, 3.1.1 and
// 5.1.3). Behind it, what the device tells of itself in its configuration (5.1.4).

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "drivers/virtio/driver/device.hpp"

namespace ixyflow::drivers::virtio {

namespace {

/// Where the configuration has what (5.1.4).
constexpr std::uint32_t kAddress = 0;
constexpr std::uint32_t kStatus = 6;
constexpr std::uint32_t kMostPairs = 8;
constexpr std::uint32_t kMtu = 10;
constexpr std::uint16_t kLinkUp = 1;
constexpr std::uint16_t kMostOfPairs = 0x8000;  // 5.1.4.1
constexpr std::uint16_t kSmallestMtu = 68;      // 5.1.4.1

struct Name {
  Features bit;
  const char* name;
};
constexpr std::array kNames{
    Name{feature::kCsum, "CSUM"},
    Name{feature::kGuestCsum, "GUEST_CSUM"},
    Name{feature::kMtu, "MTU"},
    Name{feature::kMac, "MAC"},
    Name{feature::kMrgRxbuf, "MRG_RXBUF"},
    Name{feature::kStatus, "STATUS"},
    Name{feature::kCtrlVq, "CTRL_VQ"},
    Name{feature::kCtrlRx, "CTRL_RX"},
    Name{feature::kCtrlVlan, "CTRL_VLAN"},
    Name{feature::kMq, "MQ"},
    Name{feature::kRss, "RSS"},
    Name{feature::kAnyLayout, "ANY_LAYOUT"},
    Name{feature::kVersion1, "VERSION_1"},
    Name{feature::kAccessPlatform, "ACCESS_PLATFORM"},
    Name{feature::kRingPacked, "RING_PACKED"},
    Name{feature::kInOrder, "IN_ORDER"},
    Name{feature::kNotificationData, "NOTIFICATION_DATA"},
    Name{feature::kRingReset, "RING_RESET"},
};

template <class T>
Result<T> read_number(Transport& transport, std::uint32_t offset) {
  T value = 0;
  if (auto read = transport.read_config(offset, std::as_writable_bytes(std::span(&value, 1))); !read)
    return std::unexpected(read.error());
  return value;
}

/// What is of use. Less is taken than there is: segmentation and merged buffers only cost where frames are
/// forwarded.
Features wanted_features(const Settings& settings, bool legacy, Features offered) {
  Features wanted = feature::kMac | feature::kStatus | feature::kMtu | feature::kCtrlVq | feature::kCtrlRx |
                    feature::kVersion1 | feature::kAccessPlatform | feature::kNotificationData |
                    feature::kRingReset;
  if (settings.ring != RingChoice::split) wanted |= feature::kRingPacked;
  if (settings.receive_checksums) wanted |= feature::kGuestCsum;
  if (settings.transmit_checksums) wanted |= feature::kCsum;
  if (settings.pairs() > 1) wanted |= feature::kMq;
  if (settings.receive_queues > 1) wanted |= feature::kRss;
  if (!settings.vlans.empty()) wanted |= feature::kCtrlVlan;
  // What is in several buffers may come back by one word of an in-order device; whole frames do not.
  wanted |= settings.mergeable ? feature::kMrgRxbuf : feature::kInOrder;
  if (legacy) {
    wanted = (wanted & 0xffffffff) | feature::kAnyLayout;
    // A header in a descriptor of its own leaves no place for further buffers, and nobody looks at it.
    if ((offered & feature::kAnyLayout) == 0)
      wanted &= ~(feature::kMrgRxbuf | feature::kGuestCsum | feature::kCsum);
  }
  return wanted;
}

}  // namespace

std::string describe(Features features) {
  std::string text;
  for (const Name& name : kNames)
    if ((features & name.bit) != 0) text += (text.empty() ? "" : ", ") + std::string(name.name);
  return text.empty() ? "no features" : text;
}

/// 3.1.1, steps 1 to 6.
Result<void> Device::negotiate_features() {
  agreed_ = false;
  if (auto reset = transport_->reset(); !reset) return reset;
  for (const std::uint8_t step : {status::kAcknowledge, status::kDriver})
    if (auto added = transport_->add_status(step); !added) return added;
  const auto offered = transport_->device_features();
  if (!offered) return std::unexpected(offered.error());
  const auto chosen = choose_features(*offered);
  if (!chosen) return std::unexpected(chosen.error());
  if (auto accepted = transport_->accept_features(*chosen); !accepted) return accepted;
  const bool legacy = transport_->legacy();
  agreement_ = {.features = *chosen};
  agreement_.format = {
      .packed = agreement_.has(feature::kRingPacked),
      .in_order = agreement_.has(feature::kInOrder),
      .header_apart = legacy && !agreement_.has(feature::kAnyLayout),
      .page_aligned = legacy,
      .header_bytes = legacy && !agreement_.has(feature::kMrgRxbuf) ? kShortHeader : kWholeHeader};
  if (auto read = read_configuration(); !read) return read;
  if (auto enough = check_pairs(); !enough) return enough;
  agreed_ = true;
  return {};
}

/// 6.1: without ACCESS_PLATFORM a device is to be given physical addresses only, with it only those of the
/// IOMMU if there is one. It would write anywhere.
Result<void> Device::check_addresses(Features offered) const {
  const bool translated = (offered & feature::kAccessPlatform) != 0;
  if (settings_.iommu == Iommu::relied_on && !translated)
    return fail(
        ExitCode::refused,
        fmt::format("the device goes past the IOMMU (it lacks ACCESS_PLATFORM), which vfio-pci relies on: "
                    "QEMU has to make it with iommu_platform=on, disable-legacy=on; or give it back and run "
                    "as root: sudo ixyflow dev restore {}",
                    settings_.address));
  if (settings_.iommu == Iommu::passed_by && translated)
    return fail(
        ExitCode::refused,
        fmt::format("an IOMMU translates what the device reads and writes (it offers ACCESS_PLATFORM), so "
                    "that it works through VFIO only: sudo ixyflow dev bind {}",
                    settings_.address));
  return {};
}

/// What is taken of what is offered. Error: without something that is not offered nothing can be done.
Result<Features> Device::choose_features(Features offered) const {
  const auto lacks = [offered](Features bits) { return (offered & bits) != bits; };
  const bool legacy = transport_->legacy();
  if (!legacy && lacks(feature::kVersion1))
    return fail(ExitCode::refused, "the device is no virtio 1.0 device, although it is in the place of one");
  if (auto right = check_addresses(offered); !right) return std::unexpected(right.error());
  if (settings_.ring == RingChoice::packed && lacks(feature::kRingPacked))
    return fail(ExitCode::refused, "the device has no packed rings; ring = \"auto\" takes what there is");
  Features chosen = offered & wanted_features(settings_, legacy, offered);
  // 5.1.3.1: all of these need a control queue.
  if ((chosen & feature::kCtrlVq) == 0) {
    chosen &= ~(feature::kCtrlRx | feature::kCtrlVlan | feature::kRss);
    if (!transport_->started_pairs_work()) chosen &= ~feature::kMq;
  }
  const bool filters = !settings_.promiscuous || !settings_.addresses.empty();
  if (filters && (chosen & feature::kCtrlRx) == 0)
    return fail(ExitCode::refused,
                "the device filters no addresses (it lacks CTRL_RX): promiscuous = true, without addresses");
  if (!settings_.vlans.empty() && (chosen & feature::kCtrlVlan) == 0)
    return fail(ExitCode::refused, "the device filters no VLANs (it lacks CTRL_VLAN): leave 'vlans' out");
  return chosen;
}

Result<void> Device::read_configuration() {
  if (agreement_.has(feature::kMac)) {
    EtherAddress address;
    if (auto read = transport_->read_config(kAddress, std::as_writable_bytes(std::span(address.bytes)));
        !read)
      return read;
    if (address.is_group() || address == EtherAddress{})
      return fail(ExitCode::unavailable,
                  "the device says that its MAC address is none that a device can have");
    agreement_.address = address;
  }
  if (agreement_.has(feature::kMtu)) {
    const auto mtu = read_number<std::uint16_t>(*transport_, kMtu);
    if (!mtu) return std::unexpected(mtu.error());
    if (*mtu < kSmallestMtu)
      return fail(
          ExitCode::unavailable,
          fmt::format("the device says that its MTU is {}; at least {} is right", *mtu, kSmallestMtu));
    agreement_.mtu = *mtu;
  }
  if ((agreement_.features & (feature::kMq | feature::kRss)) == 0) return {};
  const auto pairs = read_number<std::uint16_t>(*transport_, kMostPairs);
  if (!pairs) return std::unexpected(pairs.error());
  if (*pairs < 1 || *pairs > kMostOfPairs)
    return fail(ExitCode::unavailable, fmt::format("the device says that it has {} pairs of queues", *pairs));
  agreement_.most_pairs = *pairs;
  return {};
}

Result<void> Device::check_pairs() const {
  if (settings_.pairs() > agreement_.most_pairs)
    return fail(
        ExitCode::refused,
        fmt::format("the device has {} pair{} of queues, and {} are used: queues = {}", agreement_.most_pairs,
                    agreement_.most_pairs == 1 ? "" : "s", settings_.pairs(), agreement_.most_pairs));
  // Without a table of ours a device spreads what comes in over all pairs in use.
  const bool chosen_by_device = !transport_->started_pairs_work() && !agreement_.has(feature::kRss);
  if (chosen_by_device && settings_.receive_queues < settings_.pairs())
    return fail(ExitCode::refused,
                fmt::format("the device would receive by {} queues, of which {} are used: it cannot be told "
                            "otherwise (it lacks RSS); queues = {}",
                            settings_.pairs(), settings_.receive_queues, settings_.receive_queues));
  return {};
}

bool Device::link_up() {
  if (!agreement_.has(feature::kStatus)) return true;
  const auto status = read_number<std::uint16_t>(*transport_, kStatus);
  return status && (*status & kLinkUp) != 0;
}

}  // namespace ixyflow::drivers::virtio
