// What is said by the control queue (virtio 1.2, 5.1.6.5): which frames a device receives, and into which
// queue.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "drivers/common/rss_key.hpp"
#include "drivers/virtio/driver/device.hpp"

namespace ixyflow::drivers::virtio {

namespace {

/// Where the configuration has what about RSS (5.1.4).
constexpr std::uint32_t kRssKeySize = 17;
constexpr std::uint32_t kRssTableLength = 18;
constexpr std::uint32_t kRssHashTypes = 20;
// 5.1.6.4.3.1: IPv4, TCPv4, UDPv4, IPv6, TCPv6, UDPv6
constexpr std::uint32_t kHashTypes = 0x3f;
constexpr std::uint16_t kTable = 128;  ///< entries; a device has room for at least as many (5.1.4.1)

/// The data of a command, little-endian.
class Data {
 public:
  template <class T>
  Data& add(T value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += bytes.size();
    return *this;
  }
  Data& add(const EtherAddress& address) {
    for (const std::uint8_t byte : address.bytes) add(byte);
    return *this;
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {bytes_.data(), size_}; }

 private:
  std::array<std::byte, ControlQueue::kMostBytes> bytes_;
  std::size_t size_ = 0;
};

}  // namespace

Result<void> Device::configure_by_commands() {
  if (auto done = configure_filters(); !done) return done;
  return settings_.pairs() > 1 ? spread_over_queues() : Result<void>();
}

Result<void> Device::configure_filters() {
  if (agreement_.has(feature::kCtrlRx)) {
    const auto promiscuous = Data().add(std::uint8_t{settings_.promiscuous});
    if (auto done =
            control_.send(Command::promiscuous, promiscuous.bytes(), "does not switch promiscuous mode");
        !done)
      return done;
    const auto multicast = Data().add(std::uint8_t{settings_.multicast});
    if (auto done = control_.send(Command::all_multicast, multicast.bytes(), "does not switch all multicast");
        !done)
      return done;
    if (auto done = set_addresses(); !done) return done;
  }
  for (const std::uint16_t vlan : settings_.vlans)
    if (auto done = control_.send(Command::vlan_add, Data().add(vlan).bytes(), "does not take a VLAN"); !done)
      return done;
  return {};
}

/// 5.1.6.5.2: unicast addresses first, then those of groups, each with their number in front.
Result<void> Device::set_addresses() {
  if (settings_.addresses.empty()) return {};
  Data data;
  for (const bool group : {false, true}) {
    const auto of_kind = [group](const EtherAddress& address) { return address.is_group() == group; };
    data.add(static_cast<std::uint32_t>(std::ranges::count_if(settings_.addresses, of_kind)));
    for (const EtherAddress& address : settings_.addresses)
      if (of_kind(address)) data.add(address);
  }
  return control_.send(Command::mac_table, data.bytes(), "does not take the addresses");
}

/// 5.1.6.5.5, or with RSS 5.1.6.5.7.
Result<void> Device::spread_over_queues() {
  if (!agreement_.has(feature::kRss)) {
    // Where the pairs that are started are those in use, nothing need be said.
    if (!agreement_.has(feature::kMq) || transport_->started_pairs_work()) return {};
    return control_.send(Command::pairs, Data().add(settings_.pairs()).bytes(),
                         "does not use so many queues");
  }
  std::array<std::byte, kRssHashTypes + 4> config{};
  if (auto read = transport_->read_config(0, config); !read) return read;
  std::uint16_t table_length = 0;
  std::uint32_t hash_types = 0;
  std::memcpy(&table_length, &config[kRssTableLength], sizeof table_length);
  std::memcpy(&hash_types, &config[kRssHashTypes], sizeof hash_types);
  if (std::to_integer<std::uint8_t>(config[kRssKeySize]) < kRssKeyBytes || table_length < kTable)
    return fail(ExitCode::unavailable, "the device has less room for RSS than virtio 1.2 demands (5.1.4.1)");
  Data data;
  data.add(hash_types & kHashTypes);
  data.add(static_cast<std::uint16_t>(kTable - 1));
  data.add(std::uint16_t{0});  // what has no hash goes to the first queue
  for (std::uint16_t i = 0; i < kTable; ++i)
    data.add(static_cast<std::uint16_t>(i % settings_.receive_queues));
  data.add(settings_.transmit_queues);
  data.add(static_cast<std::uint8_t>(kRssKeyBytes));
  for (const std::uint8_t byte : rss_key_bytes(settings_.rss_key)) data.add(byte);
  return control_.send(Command::rss, data.bytes(), "does not spread frames by RSS");
}

}  // namespace ixyflow::drivers::virtio
