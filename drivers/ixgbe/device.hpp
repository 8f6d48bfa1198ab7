#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/device/port.hpp"
#include "core/net/addresses.hpp"
#include "drivers/bus/bar.hpp"

namespace ixyflow::drivers::ixgbe {

/// Which member of the family it is, as far as the driver must know.
enum class Family : std::uint8_t { i82599, x540, x550 };

/// The member that a PCI device identifier names; none: not one of those that this driver knows. `vendor` is
/// Intel's.
std::optional<Family> family_of(std::uint16_t vendor, std::uint16_t device) noexcept;
/// The names of all that it knows, for messages.
std::string known_devices();

/// What the user wants of the card.
struct Settings {
  std::uint16_t receive_queues = 1;
  std::uint16_t transmit_queues = 1;
  RssKey rss_key = RssKey::full;
  std::uint32_t longest = 2048;  ///< bytes of a frame that is received, without FCS
  bool promiscuous = true;
  bool multicast = true;                ///< all of it; without it only what `addresses` say
  std::vector<EtherAddress> addresses;  ///< beside the card's own
  bool vlan_strip = false;
  bool flow_control = false;  ///< PAUSE frames of the other end stop us
};

struct Link {
  bool up = false;
  std::uint32_t megabits = 0;
  friend bool operator==(const Link&, const Link&) = default;
};

/// Where a queue's descriptors are, as the device sees it.
struct RingPlace {
  std::uint64_t address = 0;  ///< aligned to 128 bytes
  std::uint32_t bytes = 0;
  std::uint64_t head = 0;  ///< of the head write-back word, aligned to 16 bytes; transmit only
};

/// The card behind its registers: everything but the packet path. Each function says which section of the
/// data sheet it follows. They stand by chapter in device.cpp, eeprom.cpp and filters.cpp. Every wait has a
/// bound, and an error names what did not come. Control thread only.
class Device {
 public:
  Device(Bar& bar, Family family) noexcept : bar_(bar), family_(family) {}

  /// Masks interrupts, stops DMA, resets the card, and waits until it has read its EEPROM
  /// (4.6.3, 4.2.1.6, 5.2.5.3.2).
  Result<void> reset();
  /// Whether the EEPROM's checksum and the address in it are right (6.1, 8.2.3.2). After `reset`.
  Result<void> check_eeprom();
  /// Sets everything up that is not a queue; the receiver stays off (4.6.4 to 4.6.8). After `reset`.
  Result<void> initialise(const Settings& settings);

  /// Gives the card a receive queue whose buffers take `buffer_bytes` each, a multiple of 1,024 (4.6.7.1.1).
  Result<void> enable_receive(unsigned queue, const RingPlace& ring, std::uint32_t buffer_bytes,
                              bool vlan_strip);
  /// Gives the card a transmit queue (4.6.8.1).
  Result<void> enable_transmit(unsigned queue, const RingPlace& ring);
  /// Opens the receiver. After the queues (4.6.7).
  Result<void> start_receiver();

  /// Stops receiver, queues and DMA. An error: the card may still write to memory
  /// (4.6.7.1.2, 4.6.8.1, 5.2.5.3.2).
  Result<void> quiesce(unsigned receive_queues, unsigned transmit_queues);

  [[nodiscard]] Link link();
  /// The card's own address, from its EEPROM.
  [[nodiscard]] EtherAddress address();
  /// A card that was pulled, or whose model has ended, reads as all ones.
  [[nodiscard]] bool removed();

  [[nodiscard]] std::uint32_t read(std::uint32_t offset) noexcept { return bar_.read<std::uint32_t>(offset); }
  void write(std::uint32_t offset, std::uint32_t value) noexcept { bar_.write<std::uint32_t>(offset, value); }
  void set(std::uint32_t offset, std::uint32_t bits) noexcept { write(offset, read(offset) | bits); }
  void clear(std::uint32_t offset, std::uint32_t bits) noexcept { write(offset, read(offset) & ~bits); }
  [[nodiscard]] Family family() const noexcept { return family_; }
  [[nodiscard]] Bar& bar() noexcept { return bar_; }

 private:
  /// Until `(register & bits) == value`; an error says `what` did not come.
  Result<void> await(std::uint32_t offset, std::uint32_t bits, std::uint32_t value,
                     std::chrono::milliseconds most, const char* what);
  void mask_interrupts();
  Result<void> stop_dma();
  Result<void> set_up_link();
  void set_up_filters(const Settings& settings);
  void set_up_rss(unsigned queues, RssKey key);
  void set_up_receiver(const Settings& settings);
  void set_up_transmitter(const Settings& settings);
  void clear_statistics();
  Result<std::uint16_t> read_eeprom(std::uint32_t word);
  Result<std::uint16_t> sum_eeprom_section(std::uint32_t pointer_word);

  Bar& bar_;
  Family family_;
};

}  // namespace ixyflow::drivers::ixgbe
