#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "tools/ixgbe-model/card/bus/guest_memory.hpp"
#include "tools/ixgbe-model/card/bus/interrupts.hpp"
#include "tools/ixgbe-model/wire/wire.hpp"

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

/// An 82599 behind its BAR0: registers, queues, filters. All on the model's one thread.
class Device {
 public:
  /// `registers` are the kBar0Bytes bytes of BAR0 as a mapping driver sees them (only kMappedPages of them
  /// are ever mapped). All references outlive the device.
  static std::unique_ptr<Device> create(const DeviceOptions& options, std::span<std::byte> registers,
                                        GuestMemory& memory, Interrupts& interrupts, Wire& wire);
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
  virtual void intx_unmasked() noexcept {}

  /// Does what there is to do at `now` (ns, steady): sends, receives, updates links and interrupts, at most a
  /// few hundred packets. True when something moved.
  virtual bool poll(Nanoseconds now) noexcept = 0;

  /// Turns a fault on or off, or does something to the link; see `fault_help`. The text is what follows
  /// `--fault` or comes over the control socket: "link down", "tx-hang on", "rx-length 0 once". Error: usage.
  virtual Result<void> inject(std::string_view fault) = 0;
  /// One line for each fault: its form, what it does, the line of the fault catalogue that it serves.
  static std::string_view fault_help() noexcept;

  /// State for people and tests: "key value" lines (link, packets and drops by reason, queues, enabled
  /// filters).
  [[nodiscard]] virtual std::string status() const = 0;
};

}  // namespace ixyflow::model
