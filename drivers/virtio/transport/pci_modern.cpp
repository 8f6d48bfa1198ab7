// PCI as virtio 1.0 and later have it: structures in BARs, which capabilities lead to (4.1.4).

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <utility>

#include "core/os/waiting/time_budget.hpp"
#include "core/os/waiting/waiting.hpp"
#include "drivers/virtio/format/features.hpp"
#include "drivers/virtio/transport/pci_capabilities.hpp"
#include "drivers/virtio/transport/pci_layout.hpp"
#include "drivers/virtio/transport/pci_transport.hpp"

namespace ixyflow::drivers::virtio {

namespace {

constexpr unsigned kMostGenerations = 100;
constexpr std::chrono::milliseconds kQueueResetTime{1000};

class ModernTransport final : public PciTransport {
 public:
  explicit ModernTransport(std::unique_ptr<PciFunction> function) : PciTransport(std::move(function)) {}

  Result<void> begin(const Structures& found);

  [[nodiscard]] std::uint8_t status() override { return read<std::uint8_t>(common::kStatus); }
  Result<void> add_status(std::uint8_t bits) override {
    write_status(status() | bits);
    return {};
  }
  Result<std::uint64_t> device_features() override;
  Result<void> accept_features(std::uint64_t features) override;
  Result<void> read_config(std::uint32_t offset, std::span<std::byte> bytes) override;
  Result<std::uint16_t> queue_size(std::uint16_t index) override;
  Result<Notifier> start_queue(const QueuePlace& place) override;
  Result<void> reset_queue(std::uint16_t index) override;

 private:
  /// A structure in its BAR, all of which is there.
  struct Window {
    Bar* bar = nullptr;
    Structure at;
  };

  /// A structure must have at least so many bytes, and lie at a multiple of `alignment`.
  struct Demand {
    const char* what = nullptr;
    std::uint32_t minimum = 0;
    std::uint32_t alignment = 1;
  };

  Result<Window> open(const Structure& structure, const Demand& demand);
  void write_status(std::uint8_t status) override { write<std::uint8_t>(common::kStatus, status); }
  template <class T>
  [[nodiscard]] T read(std::uint32_t offset) noexcept {
    return common_.bar->read<T>(common_.at.offset + offset);
  }
  template <class T>
  void write(std::uint32_t offset, T value) noexcept {
    common_.bar->write<T>(common_.at.offset + offset, value);
  }
  void write_address(std::uint32_t offset, std::uint64_t address) noexcept;

  std::array<std::unique_ptr<Bar>, kBars> bars_;
  Window common_;
  Window notify_;
  Window device_;
  std::uint64_t features_ = 0;
};

Result<void> ModernTransport::begin(const Structures& found) {
  // 4.1.4.3.1, 4.1.4.4.1; the configuration is read byte by byte.
  auto common = open(*found.common, {"common configuration", common::kBytes, 4});
  if (!common) return std::unexpected(common.error());
  auto notify = open(*found.notify, {"notification structure", 2, 2});
  if (!notify) return std::unexpected(notify.error());
  common_ = *common;
  notify_ = *notify;
  // 4.1.4.4: registers of 16 bits at multiples of this.
  if (notify_.at.multiplier % 2 != 0)
    return fail(ExitCode::unavailable, "the device has notification registers at odd addresses");
  if (!found.device) return {};
  auto device = open(*found.device, {"device configuration", 1, 1});
  if (!device) return std::unexpected(device.error());
  device_ = *device;
  return {};
}

Result<ModernTransport::Window> ModernTransport::open(const Structure& structure, const Demand& demand) {
  auto& bar = bars_[structure.bar];
  if (!bar) {
    auto opened = function().open_bar(structure.bar, 1);
    if (!opened) return std::unexpected(opened.error());
    bar = std::move(*opened);
  }
  if (structure.bytes < demand.minimum || structure.offset > bar->size() ||
      structure.bytes > bar->size() - structure.offset || structure.offset % demand.alignment != 0)
    return fail(
        ExitCode::unavailable,
        fmt::format("the device's {} has {:#x} bytes at {:#x} of a BAR of {:#x} bytes; at least {:#x} at a "
                    "multiple of {} are right",
                    demand.what, structure.bytes, structure.offset, bar->size(), demand.minimum,
                    demand.alignment));
  return Window{bar.get(), structure};
}

Result<std::uint64_t> ModernTransport::device_features() {
  std::uint64_t features = 0;
  for (std::uint32_t half = 0; half < 2; ++half) {
    write<std::uint32_t>(common::kDeviceFeatureSelect, half);
    features |= std::uint64_t{read<std::uint32_t>(common::kDeviceFeature)} << 32 * half;
  }
  if (status() == 0xff && gone()) return fail(ExitCode::unavailable, why_gone());
  return features;
}

/// 3.1.1, steps 4 to 6
Result<void> ModernTransport::accept_features(std::uint64_t features) {
  if ((features & feature::kRingReset) != 0 && common_.at.bytes < common::kBytesWithReset)
    return fail(ExitCode::unavailable, "the device resets queues, but has no register for it");
  for (std::uint32_t half = 0; half < 2; ++half) {
    write<std::uint32_t>(common::kDriverFeatureSelect, half);
    write<std::uint32_t>(common::kDriverFeature, static_cast<std::uint32_t>(features >> 32 * half));
  }
  features_ = features;
  write_status(status() | status::kFeaturesOk);
  if ((status() & status::kFeaturesOk) != 0) return {};
  return fail(ExitCode::refused, fmt::format("the device does not work with the features {:#x}", features));
}

Result<void> ModernTransport::read_config(std::uint32_t offset, std::span<std::byte> bytes) {
  if (device_.bar == nullptr || offset > device_.at.bytes || bytes.size() > device_.at.bytes - offset)
    return fail(ExitCode::unavailable,
                fmt::format("the device's configuration has {} bytes; {} at {} are needed", device_.at.bytes,
                            bytes.size(), offset));
  for (unsigned i = 0; i < kMostGenerations; ++i) {
    const auto before = read<std::uint8_t>(common::kConfigGeneration);
    for (std::uint32_t k = 0; k < bytes.size(); ++k)
      bytes[k] = std::byte{device_.bar->read<std::uint8_t>(device_.at.offset + offset + k)};
    if (read<std::uint8_t>(common::kConfigGeneration) == before) return {};
  }
  return fail(ExitCode::unavailable, "the device's configuration changes all the time");
}

Result<std::uint16_t> ModernTransport::queue_size(std::uint16_t index) {
  write<std::uint16_t>(common::kQueueSelect, index);
  return read<std::uint16_t>(common::kQueueSize);
}

void ModernTransport::write_address(std::uint32_t offset, std::uint64_t address) noexcept {
  write<std::uint32_t>(offset, static_cast<std::uint32_t>(address));
  write<std::uint32_t>(offset + 4, static_cast<std::uint32_t>(address >> 32));
}

/// 4.1.5.1.3
Result<Notifier> ModernTransport::start_queue(const QueuePlace& place) {
  write<std::uint16_t>(common::kQueueSelect, place.index);
  const bool with_position = (features_ & feature::kNotificationData) != 0;
  const std::uint64_t notify =
      std::uint64_t{read<std::uint16_t>(common::kQueueNotifyOffset)} * notify_.at.multiplier;
  if (notify + (with_position ? 4 : 2) > notify_.at.bytes)
    return fail(ExitCode::unavailable,
                fmt::format("queue {} is notified at {:#x} of a structure of {:#x} bytes", place.index,
                            notify, notify_.at.bytes));
  const auto offset = static_cast<std::uint32_t>(notify_.at.offset + notify);
  if (with_position && offset % 4 != 0)
    return fail(ExitCode::unavailable, fmt::format("queue {} is notified at an odd address", place.index));
  write<std::uint16_t>(common::kQueueVector, common::kNoVector);
  write<std::uint16_t>(common::kQueueSize, place.size);
  write_address(common::kQueueDescriptors, place.descriptors.address);
  write_address(common::kQueueDriver, place.driver.address);
  write_address(common::kQueueDevice, place.device.address);
  write<std::uint16_t>(common::kQueueEnable, 1);
  return Notifier(*notify_.bar, offset, place.index, with_position);
}

/// 4.1.4.3.2
Result<void> ModernTransport::reset_queue(std::uint16_t index) {
  if ((features_ & feature::kRingReset) == 0) return Transport::reset_queue(index);
  write<std::uint16_t>(common::kQueueSelect, index);
  write<std::uint16_t>(common::kQueueReset, 1);
  const auto until = std::chrono::steady_clock::now() + kQueueResetTime;
  for (;;) {
    const bool late = std::chrono::steady_clock::now() > until || TimeBudget::used_up();
    if (read<std::uint16_t>(common::kQueueReset) == 0) return {};
    if (late)
      return fail(ExitCode::unavailable,
                  fmt::format("the device does not reset its queue {} (waited for {} ms)", index,
                              kQueueResetTime.count()));
    pause_for(std::chrono::microseconds(100));
  }
}

}  // namespace

Result<std::unique_ptr<Transport>> open_modern(std::unique_ptr<PciFunction>& function) {
  const auto found = find_structures(*function);
  if (!found) return std::unexpected(found.error());
  if (!found->common || !found->notify) return nullptr;
  auto transport = std::make_unique<ModernTransport>(std::move(function));
  if (auto begun = transport->begin(*found); !begun) return std::unexpected(begun.error());
  return transport;
}

}  // namespace ixyflow::drivers::virtio
