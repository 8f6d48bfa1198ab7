#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/frames.hpp"
#include "tools/ixgbe-model/card/card.hpp"
#include "tools/ixgbe-model/fault/faults.hpp"

/// A card with a driver's hands, a wire and memory around it; no process, no socket.
namespace ixyflow::test::card {

/// Memory of a driver: one region, so that addresses outside of it do not exist.
class FakeMemory final : public model::GuestMemory {
 public:
  static constexpr std::uint64_t kBase = 0x1'0000'0000;
  static constexpr std::size_t kBytes = 8 * 1024 * 1024;

  FakeMemory() : bytes_(kBytes, std::byte{0xEE}) {}

  std::byte* at(std::uint64_t address, std::size_t bytes) noexcept override {
    if (by_message) return nullptr;
    return find(address, bytes);
  }
  bool read(std::uint64_t address, std::span<std::byte> to) noexcept override {
    const std::byte* const from = find(address, to.size());
    if (from == nullptr) return false;
    std::memcpy(to.data(), from, to.size());
    return true;
  }
  bool write(std::uint64_t address, std::span<const std::byte> from) noexcept override {
    std::byte* const to = find(address, from.size());
    if (to == nullptr) return false;
    std::memcpy(to, from.data(), from.size());
    return true;
  }
  std::byte* find(std::uint64_t address, std::size_t bytes) noexcept {
    if (address < kBase || address - kBase > kBytes || bytes > kBytes - (address - kBase)) return nullptr;
    return bytes_.data() + (address - kBase);
  }

  bool by_message = false;  ///< nothing is mapped: all goes through read and write

 private:
  std::vector<std::byte> bytes_;
};

class FakeWire final : public model::Wire {
 public:
  [[nodiscard]] bool carrier() const noexcept override { return light; }
  void set_light(bool on) noexcept override { own_light = on; }
  [[nodiscard]] std::span<const std::byte> peek() noexcept override {
    return incoming.empty() ? std::span<const std::byte>{} : std::as_bytes(std::span(incoming.front()));
  }
  void consume() noexcept override { incoming.pop_front(); }
  [[nodiscard]] bool patient() const noexcept override { return waits; }
  bool send(std::span<const std::byte> frame) noexcept override {
    if (sent.size() >= room) return false;
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(frame.data());
    sent.emplace_back(std::span(bytes, frame.size()));
    return true;
  }

  std::deque<Bytes> incoming;
  std::vector<Bytes> sent;
  std::size_t room = ~std::size_t{0};  ///< frames that `sent` takes
  bool light = true;
  bool own_light = true;
  bool waits = true;
};

class FakeInterrupts final : public model::Interrupts {
 public:
  [[nodiscard]] Kind kind() const noexcept override { return set_up; }
  void raise(unsigned vector) noexcept override { ++raised.at(vector); }

  Kind set_up = Kind::msix;
  std::array<unsigned, 64> raised{};
};

/// A descriptor as 16 bytes of memory.
struct Words {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

/// The card, what can go wrong with it, and what surrounds it. Time moves only when told.
class Rig {
 public:
  static constexpr std::uint32_t kRing = 64;  ///< descriptors

  explicit Rig(const model::DeviceOptions& options = {.map_queues = false});

  std::uint32_t read(std::uint32_t offset) { return device->read(offset); }
  void write(std::uint32_t offset, std::uint32_t value) { device->write(offset, value); }
  void set(std::uint32_t offset, std::uint32_t bits) { write(offset, read(offset) | bits); }
  void clear(std::uint32_t offset, std::uint32_t bits) { write(offset, read(offset) & ~bits); }
  /// What a driver that maps the page writes and reads.
  void write_mapped(std::uint32_t offset, std::uint32_t value);
  std::uint32_t read_mapped(std::uint32_t offset) const;

  /// Polls for `time`, a poll each `step`.
  void run(Nanoseconds time, Nanoseconds step = 1'000'000);
  void poll() { run(1'000, 1'000); }

  /// As drivers do it: reset, wait, link up, promiscuous, CRC stripped, receiver and transmitter on.
  void bring_up();
  /// Ring of kRing descriptors, buffers of 2 KiB, advanced descriptors. `split`: SRRCTL.
  void start_rx(std::uint32_t queue, std::uint32_t split = 0x02000002);
  void start_tx(std::uint32_t queue);

  [[nodiscard]] static std::uint64_t rx_ring(std::uint32_t queue);
  [[nodiscard]] static std::uint64_t tx_ring(std::uint32_t queue);
  [[nodiscard]] static std::uint64_t rx_buffer(std::uint32_t queue, std::uint32_t index);
  [[nodiscard]] static std::uint64_t tx_buffer(std::uint32_t queue, std::uint32_t index);

  Words rx(std::uint32_t queue, std::uint32_t index) { return load(rx_ring(queue) + 16ULL * index); }
  Words tx(std::uint32_t queue, std::uint32_t index) { return load(tx_ring(queue) + 16ULL * index); }
  Words load(std::uint64_t address);
  void store(std::uint64_t address, const Words& words);
  /// Bytes that the device has written.
  Bytes bytes(std::uint64_t address, std::size_t count);

  /// Puts `frame` into the next buffer of the queue and its descriptor behind the last; `flags` are the upper
  /// bits of the second word.
  void queue_frame(std::uint32_t queue, const Bytes& frame, std::uint64_t flags);
  void queue_descriptor(std::uint32_t queue, const Words& words);
  /// Rings the doorbell for what was queued.
  void ring_tx(std::uint32_t queue);
  void send(std::uint32_t queue, const Bytes& frame, std::uint64_t flags) {
    queue_frame(queue, frame, flags);
    ring_tx(queue);
    poll();
  }
  void receive(const Bytes& frame) {
    wire.incoming.push_back(frame);
    poll();
  }
  /// The number behind `key` in the device's status.
  [[nodiscard]] std::uint64_t status(std::string_view key) const;

  FakeMemory memory;
  FakeWire wire;
  FakeInterrupts interrupts;
  std::vector<std::byte> registers;
  std::unique_ptr<model::Card> device;
  std::unique_ptr<model::Faults> faults;
  Nanoseconds now = 1'000'000'000;
  std::array<std::uint32_t, 128> tx_next{};
};

// Registers that several tests write, of queue 0 where there is one for each.
inline constexpr std::uint32_t kHlreg0 = 0x4240, kFctrl = 0x5080, kRxdctl = 0x1028, kTdh = 0x6010,
                               kTxdctl = 0x6028;
inline constexpr std::uint32_t kVlnctrl = 0x5088, kMcstctrl = 0x5090, kMta = 0x5200, kVfta = 0xA000;
inline constexpr std::uint32_t kMrqc = 0x5818, kReta = 0x5C00, kRssrk = 0x5C80;

// Transmit flags of the second word: advanced data, end of packet, FCS, report status.
inline constexpr std::uint64_t kAdvanced = 0x20300000, kEop = 1U << 24, kIfcs = 1U << 25, kRs = 1U << 27;
inline constexpr std::uint64_t kPlain = kAdvanced | kEop | kIfcs | kRs;

/// A frame of `bytes` bytes to `destination`'s last byte (others 02:00:00:00:00), EtherType 0x88B5, counted
/// through.
Bytes test_frame(std::size_t bytes, std::uint8_t destination = 1);

}  // namespace ixyflow::test::card
