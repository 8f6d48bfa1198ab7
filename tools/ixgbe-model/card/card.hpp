#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/base/clock.hpp"
#include "tools/ixgbe-model/card/bus/device.hpp"
#include "tools/ixgbe-model/card/parts.hpp"

namespace ixyflow::model {

/// An 82599 behind its BAR0: all its parts, and the order in which they work. Its owner gives it time by
/// `poll`, its driver talks to it as to a Device. Model thread only.
class Card final : public Device, private DeviceReset, private Egress {
 public:
  /// `registers` are the kBar0Bytes bytes of BAR0 as a mapping driver sees them (only kMappedPages of them
  /// are ever mapped). All references outlive the card.
  Card(const DeviceOptions& options, std::span<std::byte> registers, GuestMemory& memory,
       Interrupts& interrupts, Wire& wire);
  Card(const Card&) = delete;
  Card& operator=(const Card&) = delete;

  std::uint32_t read(std::uint32_t offset) noexcept override;
  void write(std::uint32_t offset, std::uint32_t value) noexcept override;
  void reset() noexcept override;
  void set_bus_master(bool on) noexcept override;
  void intx_unmasked() noexcept override { parts_.interrupts.unmasked(); }

  /// Does what there is to do at `now` (ns, steady): sends, receives, updates links and interrupts, at most a
  /// few hundred packets. True when something moved.
  bool poll(Nanoseconds now) noexcept;

  /// Nothing comes from the wire until `start_wire`.
  void hold_wire() noexcept { wire_held_ = true; }
  void start_wire() noexcept { wire_held_ = false; }
  /// Whether the driver receives and knows of its link.
  [[nodiscard]] bool linked() const noexcept {
    return parts_.link.known_up() && parts_.receive.enabled() && reaches_memory();
  }

  /// State for people and tests: "key value" lines (link, packets and drops by reason, queues, enabled
  /// filters).
  [[nodiscard]] std::string status() const { return describe(parts_); }

  /// For what makes faults happen.
  [[nodiscard]] Parts& parts() noexcept { return parts_; }

 private:
  static constexpr std::size_t kSmallestFrame = 60;  ///< 64 bytes with the FCS

  void software_reset() noexcept override;
  bool send_frame(std::span<const std::byte> frame, std::uint32_t queue) noexcept override;

  void tell_of_unserved(std::uint32_t offset, std::uint32_t value);
  void follow() noexcept;
  void show_gone() noexcept;
  [[nodiscard]] bool loops_back() const noexcept;
  [[nodiscard]] bool reaches_memory() const noexcept;
  [[nodiscard]] bool transmits() const noexcept;
  std::span<const std::byte> padded(std::span<const std::byte> frame) noexcept;
  bool poll_receive() noexcept;
  bool poll_queues() noexcept;

  Parts parts_;
  Nanoseconds now_ = 0;
  unsigned polls_ = 0;
  bool bus_master_ = false;
  bool wire_held_ = false;
  std::array<std::byte, kSmallestFrame> short_frame_{};
};

}  // namespace ixyflow::model
