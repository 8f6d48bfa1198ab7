// PCI as it was before virtio 1.0 (4.1.4.10, and all that the specification says of legacy interfaces).

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "drivers/bus/pci_config.hpp"
#include "drivers/virtio/format/features.hpp"
#include "drivers/virtio/transport/pci_layout.hpp"
#include "drivers/virtio/transport/pci_transport.hpp"

namespace ixyflow::drivers::virtio {

namespace {

constexpr std::uint64_t kBadFeature = 1ULL << 30;  ///< offered to find bad drivers; never to be accepted
constexpr unsigned kMostReads = 100;

class LegacyTransport final : public PciTransport {
 public:
  LegacyTransport(std::unique_ptr<PciFunction> function, std::unique_ptr<Bar> bar)
      : PciTransport(std::move(function)), bar_(std::move(bar)) {}

  [[nodiscard]] std::uint8_t status() override { return bar_->read<std::uint8_t>(legacy::kStatus); }
  Result<void> add_status(std::uint8_t bits) override {
    write_status(status() | bits);
    return {};
  }
  Result<std::uint64_t> device_features() override {
    return bar_->read<std::uint32_t>(legacy::kDeviceFeatures) & ~kBadFeature;
  }
  Result<void> accept_features(std::uint64_t features) override {
    return bar_->write<std::uint32_t>(legacy::kDriverFeatures, static_cast<std::uint32_t>(features)),
           Result<void>();
  }
  [[nodiscard]] bool legacy() const noexcept override { return true; }
  Result<void> read_config(std::uint32_t offset, std::span<std::byte> bytes) override;
  Result<std::uint16_t> queue_size(std::uint16_t index) override {
    bar_->write<std::uint16_t>(legacy::kQueueSelect, index);
    return bar_->read<std::uint16_t>(legacy::kQueueSize);
  }
  Result<Notifier> start_queue(const QueuePlace& place) override;

 private:
  void write_status(std::uint8_t status) override { bar_->write<std::uint8_t>(legacy::kStatus, status); }
  [[nodiscard]] bool msix_on();

  std::unique_ptr<Bar> bar_;
};

/// Registers for MSI-X stand in front of the configuration while it is on (4.1.4.10).
bool LegacyTransport::msix_on() {
  constexpr std::uint8_t kMsix = 0x11;
  constexpr std::uint32_t kMsixEnable = 1U << 31;
  std::uint32_t pointer = 0x34;
  for (unsigned i = 0; i < 48; ++i) {
    const auto next = function().read_config(pointer, 1);
    const std::uint32_t at = next ? *next & 0xfc : 0;
    if (at < 0x40) return false;
    const auto head = function().read_config(at, 4);
    if (head && (*head & 0xff) == kMsix) return (*head & kMsixEnable) != 0;
    pointer = at + 1;
  }
  return false;
}

/// Without a generation a value has to be read until it is the same twice (2.5.4).
Result<void> LegacyTransport::read_config(std::uint32_t offset, std::span<std::byte> bytes) {
  if (offset + bytes.size() > legacy::kConfigBytes)
    return fail(ExitCode::internal, "a legacy network device has no such configuration");
  const std::uint32_t base = (msix_on() ? legacy::kConfigMsix : legacy::kConfig) + offset;
  for (unsigned i = 0; i < kMostReads; ++i) {
    bool same = i > 0;
    for (std::uint32_t k = 0; k < bytes.size(); ++k) {
      const std::byte now{bar_->read<std::uint8_t>(base + k)};
      same = same && bytes[k] == now;
      bytes[k] = now;
    }
    if (same) return {};
  }
  return fail(ExitCode::unavailable, "the device's configuration changes all the time");
}

Result<Notifier> LegacyTransport::start_queue(const QueuePlace& place) {
  const std::uint64_t page = place.descriptors.address >> legacy::kPageShift;
  if (page > 0xffffffff || place.descriptors.address % Transport::kLegacyAlignment != 0)
    return fail(ExitCode::configuration, "a legacy device cannot reach memory at this address");
  bar_->write<std::uint16_t>(legacy::kQueueSelect, place.index);
  bar_->write<std::uint32_t>(legacy::kQueueAddress, static_cast<std::uint32_t>(page));
  return Notifier(*bar_, legacy::kQueueNotify, place.index, false);
}

}  // namespace

Result<std::unique_ptr<Transport>> open_legacy(std::unique_ptr<PciFunction> function) {
  auto bar = function->open_bar(0, legacy::kConfig + legacy::kConfigBytes);
  if (!bar) return std::unexpected(bar.error());
  return std::make_unique<LegacyTransport>(std::move(function), std::move(*bar));
}

}  // namespace ixyflow::drivers::virtio
