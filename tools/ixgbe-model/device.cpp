#include "tools/ixgbe-model/device.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/log.hpp"
#include "tools/ixgbe-model/bits.hpp"
#include "tools/ixgbe-model/control.hpp"
#include "tools/ixgbe-model/eeprom.hpp"
#include "tools/ixgbe-model/flow_control.hpp"
#include "tools/ixgbe-model/link.hpp"
#include "tools/ixgbe-model/plain_registers.hpp"
#include "tools/ixgbe-model/receive.hpp"
#include "tools/ixgbe-model/sfp_module.hpp"
#include "tools/ixgbe-model/transmit.hpp"

namespace ixyflow::model {

namespace {

constexpr std::uint32_t kGone = 0xFFFFFFFF;  // what a read of a device that is not there gives
constexpr unsigned kFramesPerPoll = 128;
constexpr unsigned kPollsPerLook = 32;  // how often the queues that are not enabled are looked at

class Card final : public Device, private DeviceReset, private Egress {
 public:
  Card(const DeviceOptions& options, std::span<std::byte> registers, GuestMemory& memory,
       Interrupts& interrupts, Wire& wire)
      : wire_(wire),
        file_(registers),
        plain_(file_),
        interrupts_(file_, interrupts),
        statistics_(file_, options.map_queues),
        control_(file_, faults_, *this),
        eeprom_(file_, options.mac, options.device_id),
        link_(file_, interrupts_, wire),
        module_(file_),
        flow_control_(file_, statistics_),
        receive_(options.map_queues, file_, memory, statistics_, interrupts_, faults_),
        transmit_(options.map_queues, file_, memory, statistics_, interrupts_, faults_, *this) {
    Card::reset();
  }

  std::uint32_t read(std::uint32_t offset) noexcept override {
    if (faults_.gone) return kGone;
    follow();
    const std::uint64_t unknown = file_.unknown_accesses();
    const std::uint32_t value = file_.read(offset);
    if (file_.unknown_accesses() != unknown)
      log(LogLevel::info, fmt::format("read of unknown register 0x{:05x}", offset));
    return value;
  }

  void write(std::uint32_t offset, std::uint32_t value) noexcept override {
    if (faults_.gone) return;
    follow();
    const std::uint64_t unknown = file_.unknown_accesses();
    file_.write(offset, value);
    if (file_.unknown_accesses() != unknown)
      log(LogLevel::info, fmt::format("write of 0x{:08x} to unknown register 0x{:05x}", value, offset));
    follow();
  }

  void reset() noexcept override {
    statistics_.reset();
    software_reset();
  }

  void set_bus_master(bool on) noexcept override {
    if (!on) follow();
    bus_master_ = on;
  }

  void intx_unmasked() noexcept override { interrupts_.unmasked(); }

  bool poll(Nanoseconds now) noexcept override;

  Result<void> inject(std::string_view fault) override;
  [[nodiscard]] std::string status() const override;

 private:
  void software_reset() noexcept override;
  bool send_frame(std::span<const std::byte> frame) noexcept override;

  void follow() noexcept {
    receive_.queues().follow(now_);
    transmit_.queues().follow(now_);
  }
  [[nodiscard]] bool loops_back() const noexcept {
    return (file_.get(reg::kHlreg0) & bits::hlreg0::kLoopback) != 0;
  }
  [[nodiscard]] bool transmit_possible() const noexcept {
    return transmit_.enabled() && bus_master_ && control_.master_enabled() &&
           (loops_back() || (link_.up() && !flow_control_.paused()));
  }
  std::span<const std::byte> padded(std::span<const std::byte> frame) noexcept;
  bool poll_receive() noexcept;
  bool poll_queues() noexcept;

  Wire& wire_;
  FaultSwitches faults_;
  RegisterFile file_;
  PlainRegisters plain_;
  InterruptUnit interrupts_;
  Statistics statistics_;
  Control control_;
  Eeprom eeprom_;
  Link link_;
  SfpModule module_;
  FlowControl flow_control_;
  Receive receive_;
  Transmit transmit_;
  Nanoseconds now_ = 0;
  unsigned polls_ = 0;
  bool bus_master_ = false;
  std::array<std::byte, 60> short_frame_{};
  std::uint64_t lost_on_wire_ = 0;
};

void Card::software_reset() noexcept {
  file_.reset();
  control_.reset();
  interrupts_.reset();
  receive_.reset(eeprom_.mac());
  transmit_.reset();
  link_.reset();
  module_.reset();
  flow_control_.reset();
}

// False: not now, and to be tried again.
bool Card::send_frame(std::span<const std::byte> frame) noexcept {
  if (loops_back()) {
    if (receive_.enabled()) receive_.offer(frame, false);
    return true;
  }
  if (wire_.send(frame)) return true;
  if (wire_.patient()) return false;
  ++lost_on_wire_;
  return true;
}

// A frame of software (a TAP interface, a capture) may be shorter than the MAC at the other end of a cable
// would send it.
std::span<const std::byte> Card::padded(std::span<const std::byte> frame) noexcept {
  if (frame.empty() || frame.size() >= short_frame_.size() || faults_.runts) return frame;
  short_frame_ = {};
  std::ranges::copy(frame, short_frame_.begin());
  return short_frame_;
}

bool Card::poll_receive() noexcept {
  if (!link_.up() || loops_back()) return false;
  const bool patient = wire_.patient();
  const bool enabled = receive_.enabled() && bus_master_ && control_.master_enabled();
  if (!enabled && patient) return false;
  bool moved = false;
  for (unsigned i = 0; i < kFramesPerPoll; ++i) {
    const std::span frame = padded(wire_.peek());
    if (frame.empty()) break;
    if (enabled && !flow_control_.take(frame) && receive_.offer(frame, patient) == Receive::Outcome::wait)
      break;
    wire_.consume();
    moved = true;
  }
  return moved;
}

bool Card::poll_queues() noexcept {
  receive_.begin();
  bool moved = poll_receive();
  if (transmit_possible()) moved |= transmit_.poll(now_);
  receive_.end();
  return moved;
}

bool Card::poll(Nanoseconds now) noexcept {
  now_ = now;
  if (faults_.gone) return false;
  control_.poll(now);
  link_.poll(now);
  flow_control_.poll(now);
  receive_.flow_director().poll(now);
  if (++polls_ % kPollsPerLook == 0) {
    follow();
  } else {
    receive_.queues().follow_enabled(now);
    transmit_.queues().follow_enabled(now);
  }
  const bool moved = poll_queues();
  interrupts_.poll(now);
  return moved;
}

Result<void> Card::inject(std::string_view fault) {
  return fail(ExitCode::usage, fmt::format("unknown fault '{}'", fault));
}

std::string Card::status() const {
  return fmt::format("link {}\n", link_.up() ? "up" : "down");
}

}  // namespace

std::unique_ptr<Device> Device::create(const DeviceOptions& options, std::span<std::byte> registers,
                                       GuestMemory& memory, Interrupts& interrupts, Wire& wire) {
  return std::make_unique<Card>(options, registers, memory, interrupts, wire);
}

std::string_view Device::fault_help() noexcept {
  return "";
}

}  // namespace ixyflow::model
