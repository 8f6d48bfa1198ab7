// Which frames the card receives (data sheet 7.1.1), and into which queue (7.1.2.8).

#include <algorithm>
#include <span>

#include "drivers/common/rss_key.hpp"
#include "drivers/ixgbe/device.hpp"
#include "drivers/ixgbe/registers.hpp"

namespace ixyflow::drivers::ixgbe {

namespace {

constexpr unsigned kAddresses = 128;  ///< 7.1.1.1.1
constexpr unsigned kMulticastWords = 128;
constexpr unsigned kVlanWords = 128;

}  // namespace

EtherAddress Device::address() {
  const std::uint32_t low = read(reg::ral(0));
  const std::uint32_t high = read(reg::rah(0));
  EtherAddress address;
  for (unsigned i = 0; i < 4; ++i) address.bytes[i] = static_cast<std::uint8_t>(low >> 8 * i);
  for (unsigned i = 0; i < 2; ++i) address.bytes[4 + i] = static_cast<std::uint8_t>(high >> 8 * i);
  return address;
}

/// 4.6.7: receive addresses (8.2.3.7.8), the multicast table (8.2.3.7.7), the VLAN table (8.2.3.7.11), FCTRL
/// (8.2.3.7.1). The receiver is off, as changes of FCTRL demand.
void Device::set_up_filters(const Settings& settings) {
  // The first address is from the EEPROM.
  for (unsigned i = 1; i < kAddresses; ++i) {
    const bool given = i <= settings.addresses.size();
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    if (given) {
      const auto& bytes = settings.addresses[i - 1].bytes;
      for (unsigned k = 0; k < 4; ++k) low |= std::uint32_t{bytes[k]} << 8 * k;
      for (unsigned k = 0; k < 2; ++k) high |= std::uint32_t{bytes[4 + k]} << 8 * k;
      high |= reg::kRahValid;
    }
    write(reg::rah(i), 0);  // never half an address
    write(reg::ral(i), low);
    write(reg::rah(i), high);
    write(reg::mpsar(2 * i), given ? 1 : 0);
    write(reg::mpsar(2 * i + 1), 0);
  }
  for (unsigned i = 0; i < kMulticastWords; ++i) write(reg::mta(i), 0);
  write(reg::kMcstctrl, 0);
  for (unsigned i = 0; i < kVlanWords; ++i) write(reg::vfta(i), 0);
  clear(reg::kVlnctrl, reg::kVlnctrlFilter);
  std::uint32_t control = reg::kFctrlBroadcast;
  if (settings.promiscuous) control |= reg::kFctrlUnicastAll | reg::kFctrlMulticastAll;
  if (settings.multicast) control |= reg::kFctrlMulticastAll;
  write(reg::kFctrl, control);
}

/// 7.1.2.8. Fragments are hashed over their addresses alone, as those of our own flow hash; what is no IP
/// goes to the first queue.
void Device::set_up_rss(unsigned queues, RssKey key) {
  // Four bytes of the key in each register, the first one lowest (8.2.3.7.14).
  const std::span<const std::uint8_t, kRssKeyBytes> bytes = rss_key_bytes(key);
  for (unsigned i = 0; i < kRssKeyBytes; i += 4) {
    std::uint32_t word = 0;
    for (unsigned k = 0; k < 4; ++k) word |= std::uint32_t{bytes[i + k]} << 8 * k;
    write(reg::rssrk(i / 4), word);
  }
  // 128 entries of 8 bits; X550 has 512, of which each needs its value.
  const unsigned words = family_ == Family::x550 ? 128 : 32;
  for (unsigned word = 0; word < words; ++word) {
    std::uint32_t entries = 0;
    for (unsigned k = 0; k < 4; ++k) entries |= (4 * word + k) % std::max(queues, 1U) << 8 * k;
    write(reg::reta(word), entries);
  }
  // The hash takes the place of the fragment checksum in descriptors (8.2.3.7.5).
  set(reg::kRxcsum, reg::kRxcsumHashInDescriptor);
  write(reg::kMrqc, queues < 2 ? 0
                               : reg::kMrqcRss | reg::kMrqcIpv4 | reg::kMrqcTcpIpv4 | reg::kMrqcUdpIpv4 |
                                     reg::kMrqcIpv6 | reg::kMrqcTcpIpv6 | reg::kMrqcUdpIpv6);
}

}  // namespace ixyflow::drivers::ixgbe
