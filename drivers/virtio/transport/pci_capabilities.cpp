#include "drivers/virtio/transport/pci_capabilities.hpp"

#include <fmt/format.h>

#include "drivers/bus/pci_config.hpp"
#include "drivers/virtio/transport/pci_layout.hpp"

namespace ixyflow::drivers::virtio {

namespace {

constexpr std::uint32_t kPciStatus = 0x06;
constexpr std::uint32_t kHasCapabilities = 1U << 4;  // of the status register (PCI 3.0, 6.2.3)
constexpr std::uint32_t kFirstCapability = 0x34;
constexpr std::uint8_t kVendorCapability = 0x09;
constexpr unsigned kMostCapabilities = 48;  ///< as many as fit the configuration space

Result<Structure> read_structure(PciFunction& function, std::uint32_t at, bool with_multiplier) {
  Structure structure;
  const auto bar = function.read_config(at + capability::kBar, 1);
  const auto offset = function.read_config(at + capability::kOffset, 4);
  const auto bytes = function.read_config(at + capability::kBytes, 4);
  if (!bar) return std::unexpected(bar.error());
  if (!offset) return std::unexpected(offset.error());
  if (!bytes) return std::unexpected(bytes.error());
  structure = {*bar, *offset, *bytes, 0};
  if (with_multiplier) {
    const auto multiplier = function.read_config(at + capability::kMultiplier, 4);
    if (!multiplier) return std::unexpected(multiplier.error());
    structure.multiplier = *multiplier;
  }
  return structure;
}

}  // namespace

Result<Structures> find_structures(PciFunction& function) {
  Structures found;
  const auto status = function.read_config(kPciStatus, 2);
  if (!status) return std::unexpected(status.error());
  if ((*status & kHasCapabilities) == 0) return found;
  std::uint32_t pointer = kFirstCapability;
  for (unsigned i = 0; i < kMostCapabilities; ++i) {
    const auto next = function.read_config(pointer, 1);
    if (!next) return std::unexpected(next.error());
    const std::uint32_t at = *next & 0xfc;
    if (at == 0) return found;
    if (at < 0x40) break;
    const auto head = function.read_config(at, 4);
    if (!head) return std::unexpected(head.error());
    pointer = at + 1;
    const auto type = static_cast<std::uint8_t>(*head >> 8 * capability::kType);
    const std::uint32_t length = *head >> 8 * capability::kLength & 0xff;
    const bool notify = type == capability::kNotify;
    if ((*head & 0xff) != kVendorCapability) continue;
    auto* place = type == capability::kCommon   ? &found.common
                  : notify                      ? &found.notify
                  : type == capability::kDevice ? &found.device
                                                : nullptr;
    if (place == nullptr || *place) continue;
    if (length < (notify ? 20U : 16U) || at + length > kPciConfigSpace)
      return fail(ExitCode::unavailable, fmt::format("capability {:#x} of the device is cut", at));
    const auto structure = read_structure(function, at, notify);
    if (!structure) return std::unexpected(structure.error());
    // 4.1.4: other BARs than these are reserved, and to be ignored.
    if (structure->bar < kBars) *place = *structure;
  }
  return fail(ExitCode::unavailable, "the device's list of capabilities does not end");
}

}  // namespace ixyflow::drivers::virtio
