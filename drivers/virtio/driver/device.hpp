#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/device/port.hpp"
#include "core/net/addresses.hpp"
#include "core/packet/dma_memory.hpp"
#include "drivers/virtio/driver/control_queue.hpp"
#include "drivers/virtio/driver/receive_queue.hpp"
#include "drivers/virtio/driver/transmit_queue.hpp"
#include "drivers/virtio/format/features.hpp"
#include "drivers/virtio/transport/transport.hpp"

namespace ixyflow::drivers::virtio {

enum class RingChoice : std::uint8_t { automatic, split, packed };

/// What an IOMMU has to do with the addresses that a device is given.
enum class Iommu : std::uint8_t {
  none,       ///< nothing
  relied_on,  ///< they are those of the IOMMU, which the device must not pass by
  passed_by,  ///< they are physical, although there is an IOMMU, which the device must pass by
};

/// How a device is to be.
struct Settings {
  std::uint16_t receive_queues = 1;
  std::uint16_t transmit_queues = 1;
  RssKey rss_key = RssKey::full;             ///< where the device has RSS
  std::uint32_t receive_descriptors = 256;   ///< a power of two
  std::uint32_t transmit_descriptors = 256;  ///< a power of two
  std::uint32_t data_room = 2048;            ///< bytes of a packet buffer
  RingChoice ring = RingChoice::automatic;
  bool mergeable = false;
  bool receive_checksums = false;
  bool transmit_checksums = false;
  Iommu iommu = Iommu::none;
  std::string address;  ///< of the PCI function, for advice about it
  bool promiscuous = true;
  bool multicast = true;
  std::vector<EtherAddress> addresses;  ///< to receive, beside the device's own
  std::vector<std::uint16_t> vlans;     ///< to receive; none: all

  [[nodiscard]] std::uint16_t pairs() const noexcept { return std::max(receive_queues, transmit_queues); }
};

/// What came of feature negotiation with a device (virtio 1.2, 2.2), and what its configuration says.
struct Agreement {
  Features features = 0;
  QueueFormat format;
  std::uint16_t most_pairs = 1;
  std::optional<EtherAddress> address;
  std::optional<std::uint16_t> mtu;

  [[nodiscard]] bool has(Features bits) const noexcept { return (features & bits) == bits; }
};

/// A virtio network device: the features that were negotiated with it, its queues, and the memory that both
/// share. Control thread only, except for the queues, which say themselves who may do what.
class Device {
 public:
  /// A transmit queue takes so many packets at least, whatever the device says of it.
  static constexpr std::uint32_t kFewestToTransmit = 64;

  /// Finds out what the device is, if there is one yet. `receive` and `transmit` are to be its queues, and
  /// outlive it: their counters are asked for after its end. Errors: refused (it lacks what the settings
  /// want), unavailable (it says what cannot be, or does not answer).
  static Result<std::unique_ptr<Device>> open(std::unique_ptr<Transport> transport, const Settings& settings,
                                              std::deque<ReceiveQueue>& receive,
                                              std::deque<TransmitQueue>& transmit);
  ~Device();

  /// Memory that each queue takes; `legacy`: of a device that may have queues of any length.
  [[nodiscard]] static std::size_t queue_memory(const Settings& settings, bool legacy) noexcept;
  /// Lets the device reach `all`, and takes what the queues need from `own`.
  Result<void> use_memory(std::span<const DmaMemory* const> all, DmaMemory& own);

  /// Resets the device and negotiates features anew, from which the queues get their format: they must be
  /// empty. Then they may be filled.
  Result<void> reset();
  /// Gives the device the queues, which are filled, and has it work.
  Result<void> bring_up();
  /// The device touches no memory any more, if need be because it cannot. An error: it did not stop by
  /// itself.
  Result<void> take_down();

  /// Has the device reset one queue (RING_RESET, 2.6.1), so that its buffers may go home while the others go
  /// on. `index` as the device counts, here and below. Error: it cannot, or does not.
  Result<void> reset_queue(std::uint16_t index);
  /// Gives it the queue again, which is filled.
  Result<void> restart_queue(std::uint16_t index);
  [[nodiscard]] Virtqueue& queue(std::uint16_t index) noexcept;

  /// What the device says of its link; up where it says nothing (5.1.4).
  [[nodiscard]] bool link_up();
  [[nodiscard]] Transport& transport() noexcept { return *transport_; }
  [[nodiscard]] const Agreement& agreement() const noexcept { return agreement_; }
  /// Features were negotiated: queues have a format.
  [[nodiscard]] bool agreed() const noexcept { return agreed_; }

  std::deque<ReceiveQueue>& receive;
  std::deque<TransmitQueue>& transmit;

 private:
  Device(std::unique_ptr<Transport> transport, const Settings& settings, std::deque<ReceiveQueue>& receive,
         std::deque<TransmitQueue>& transmit);

  // feature_negotiation.cpp
  Result<void> negotiate_features();
  Result<Features> choose_features(Features offered) const;
  [[nodiscard]] Result<void> check_addresses(Features offered) const;
  Result<void> read_configuration();
  Result<void> check_pairs() const;

  // device.cpp
  Result<void> set_up_queues();
  Result<QueueSize> size_of_queue(std::uint16_t index, std::uint32_t wanted, std::uint32_t fewest);
  Result<QueueMemory> take_memory(DmaMemory& memory, std::size_t bytes);
  [[nodiscard]] std::uint16_t control_index() const noexcept;

  // control_commands.cpp
  Result<void> configure_by_commands();
  Result<void> configure_filters();
  Result<void> set_addresses();
  Result<void> spread_over_queues();

  std::unique_ptr<Transport> transport_;
  Settings settings_;
  Agreement agreement_;
  bool agreed_ = false;
  std::vector<QueueMemory> receive_memory_;
  std::vector<QueueMemory> transmit_memory_;
  QueueMemory control_memory_;
  ControlQueue control_;
  /// Of pairs that are used in one direction only, the other half; in the memory of the control queue, which
  /// peers of vhost-user do not have.
  TransmitQueue idle_;
  std::vector<const DmaMemory*> mapped_;
};

/// The features as words, for whoever looks into what was negotiated: "VERSION_1, RING_PACKED".
[[nodiscard]] std::string describe(Features features);

}  // namespace ixyflow::drivers::virtio
