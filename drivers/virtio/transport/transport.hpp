#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/base/result.hpp"
#include "core/packet/dma_memory.hpp"
#include "drivers/virtio/transport/notifier.hpp"

namespace ixyflow::drivers::virtio {

/// Bits of the device status (virtio 1.2, 2.1).
namespace status {
inline constexpr std::uint8_t kAcknowledge = 1;
inline constexpr std::uint8_t kDriver = 2;
inline constexpr std::uint8_t kDriverOk = 4;
inline constexpr std::uint8_t kFeaturesOk = 8;
inline constexpr std::uint8_t kNeedsReset = 64;
inline constexpr std::uint8_t kFailed = 128;
}  // namespace status

/// A part of a virtqueue, as we and as the device know it.
struct QueueArea {
  std::byte* memory = nullptr;
  std::uint64_t address = 0;  ///< of the device, see DmaMemory::device_address
};

/// Where a virtqueue lies (2.7, 2.8). The names are those of virtio 1.2; a legacy device and vhost-user call
/// the driver area the available ring, and the device area the used ring.
struct QueuePlace {
  std::uint16_t index = 0;
  std::uint16_t size = 0;
  QueueArea descriptors;
  QueueArea driver;
  QueueArea device;
};

/// The way to a virtio device: PCI as virtio 1.x has it, PCI as it was before (legacy), or a vhost-user peer.
/// Control thread only. Every call ends within a second or so, whatever the device does.
///
/// Life cycle: (map) -> reset -> add_status(acknowledge, driver) -> device_features -> accept_features ->
/// queue_size, start_queue for each queue -> add_status(driver ok) -> ... -> reset -> ... -> (unmap). Reset
/// is where everything begins anew: after it the device touches no memory of ours, and may offer other
/// features than before.
class Transport {
 public:
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Makes the device forget everything, and waits until it says so (2.1.2: the status reads 0). A peer that
  /// had gone away is connected again where it is back. Error (unavailable): it does not come to rest, or is
  /// not there: see `cut_off`.
  virtual Result<void> reset() = 0;
  /// Takes from the device every means to touch memory, whatever it thinks of that: bus mastering off, or the
  /// connection closed. `reset` undoes it. Buffers may go home after this.
  virtual void cut_off() noexcept = 0;

  /// The device status; 0xff when the device is gone. Transports without one keep it themselves, and find
  /// kFeaturesOk and nothing bad in it.
  [[nodiscard]] virtual std::uint8_t status() = 0;
  /// Adds bits to it. With kDriverOk the started queues begin to work.
  virtual Result<void> add_status(std::uint8_t bits) = 0;

  /// What the device offers, by bit (see features.hpp), less what the transport has for itself (bit 30 of
  /// vhost-user) or cannot do (a control queue over vhost-user).
  virtual Result<std::uint64_t> device_features() = 0;
  /// Tells what the driver takes, sets kFeaturesOk where there is such a bit, and finds it accepted. Error
  /// (refused): the device does not take it.
  virtual Result<void> accept_features(std::uint64_t features) = 0;
  /// Whether it is from before virtio 1.0: no kFeaturesOk, the queue's size is the device's, areas are pages
  /// that follow each other (2.7.2 with an alignment of kLegacyAlignment), its address is a 32-bit page
  /// number.
  [[nodiscard]] virtual bool legacy() const noexcept { return false; }
  static constexpr std::size_t kLegacyAlignment = 4096;

  /// Reads from the configuration of the device (2.5), all of it of one generation. A transport without one
  /// makes it up (vhost-user: the number of queue pairs, and the MTU where the peer tells it). Error
  /// (unavailable): it is not there, or changes all the time.
  virtual Result<void> read_config(std::uint32_t offset, std::span<std::byte> bytes) = 0;

  /// The most descriptors that a queue can have (legacy: the number that it has); 0: there is no such queue.
  virtual Result<std::uint16_t> queue_size(std::uint16_t index) = 0;
  /// Gives the device a queue, without interrupts. Queue 2n receives, 2n + 1 transmits. It is valid until the
  /// next reset.
  virtual Result<Notifier> start_queue(const QueuePlace& place) = 0;
  /// Has one queue be reset while the others go on (RING_RESET, 2.6.1), and waits until the device has done
  /// it. Error (refused): the transport cannot.
  virtual Result<void> reset_queue(std::uint16_t /*index*/) {
    return fail(ExitCode::refused, "this device resets no single queues");
  }
  /// True: a started pair of queues is in use. False: the control queue says how many are (5.1.6.5.5).
  [[nodiscard]] virtual bool started_pairs_work() const noexcept { return false; }

  /// Lets the device reach `memory` at its device addresses, which are of the kind that `addresses()` tells.
  /// Before the first queue is started; stays over a reset.
  virtual Result<void> map(const DmaMemory& memory) = 0;
  virtual void unmap(const DmaMemory& memory) noexcept = 0;
  [[nodiscard]] virtual DeviceAddresses addresses() const noexcept = 0;

  /// See PciFunction::settle.
  virtual void settle() noexcept {}
  /// Whether the device is gone for good (pulled out, claimed back by the kernel), and why. Any thread; a
  /// system call.
  [[nodiscard]] virtual bool gone() const noexcept = 0;
  [[nodiscard]] virtual std::string why_gone() const = 0;
  /// Whether there is a device now. A peer that is not there may come (back): `reset` finds out. Any
  /// thread; may be a system call.
  [[nodiscard]] virtual bool connected() const noexcept { return !gone(); }

 protected:
  Transport() = default;
};

}  // namespace ixyflow::drivers::virtio
