#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ixyflow::model {

inline constexpr std::uint32_t kBar0Bytes =
    512 * 1024;  ///< 82599 data sheet 9.3.6.1 (128 KiB of them are registers)

/// Pages of BAR0 that a driver may map: its writes there are seen by polling.
struct MappedPages {
  std::uint32_t offset = 0;  ///< in BAR0
  std::uint32_t bytes = 0;
};
/// Receive queues 0 to 63 (0x1000) and transmit queues 0 to 127 (0x6000 to 0x7fff).
inline constexpr std::array<MappedPages, 2> kMappedPages{{{0x1000, 0x1000}, {0x6000, 0x2000}}};

struct DeviceOptions {
  std::array<std::uint8_t, 6> mac{0x02, 0, 0, 0, 0, 1};
  std::uint16_t device_id = 0x10fb;  ///< 82599ES with SFP+; see the README for the others
  bool map_queues = true;            ///< false: every access is trapped, as exact as can be
};

/// A PCI function as its bus sees it: what a driver can do to it by way of configuration space and BAR0. The
/// server knows no more of the card than this. Model thread only.
class Device {
 public:
  virtual ~Device() = default;

  /// Trapped accesses to BAR0: 32 bits, aligned.
  virtual std::uint32_t read(std::uint32_t offset) noexcept = 0;
  virtual void write(std::uint32_t offset, std::uint32_t value) noexcept = 0;

  /// Function level reset, or a new driver has connected: everything as after power-on.
  virtual void reset() noexcept = 0;
  /// The bus master bit: without it no memory is touched.
  virtual void set_bus_master(bool on) noexcept = 0;
  /// The driver has looked at INTx, which masked itself when it was raised: it has to be raised again as long
  /// as something is pending.
  virtual void intx_unmasked() noexcept = 0;
};

}  // namespace ixyflow::model
