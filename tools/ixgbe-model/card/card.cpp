#include "tools/ixgbe-model/card/card.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/base/messages/log.hpp"
#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

constexpr std::uint32_t kGone = 0xFFFFFFFF;  // what a read of a device that is not there gives
constexpr unsigned kFramesPerPoll = 128;
constexpr unsigned kPollsPerLook = 32;  // how often the queues that are not enabled are looked at

}  // namespace

Card::Card(const DeviceOptions& options, std::span<std::byte> registers, GuestMemory& memory,
           Interrupts& interrupts, Wire& wire)
    : parts_(options, registers, memory, interrupts, wire, *this, *this) {
  Card::reset();
}

// Any access by message is a point at which the driver knows what it has written to mapped pages before.
void Card::follow() noexcept {
  parts_.receive.queues().follow(now_);
  parts_.transmit.queues().follow(now_);
}

std::uint32_t Card::read(std::uint32_t offset) noexcept {
  if (parts_.faults.read_finds_nothing()) return kGone;
  follow();
  const std::uint64_t unknown = parts_.file.unknown_accesses();
  const std::uint32_t value = parts_.file.read(offset);
  if (parts_.file.unknown_accesses() != unknown)
    log(LogLevel::info, fmt::format("read of register 0x{:05x}, which the model does not know", offset));
  return value;
}

// A driver that uses what the model does not do shall not have to be found out by its user.
void Card::tell_of_unserved(std::uint32_t offset, std::uint32_t value) {
  const Unserved* const unserved = parts_.unserved.first_time(offset, value);
  if (unserved == nullptr) return;
  log(LogLevel::warning, fmt::format("card {:02x}: {}, which the model does not do: {}",
                                     fmt::join(parts_.eeprom.mac(), ":"), unserved->what, unserved->instead));
}

void Card::write(std::uint32_t offset, std::uint32_t value) noexcept {
  if (parts_.faults.write_finds_nothing()) return;
  follow();
  tell_of_unserved(offset, value);
  const std::uint64_t unknown = parts_.file.unknown_accesses();
  parts_.file.write(offset, value);
  if (parts_.file.unknown_accesses() != unknown)
    log(LogLevel::info,
        fmt::format("write of 0x{:08x} to register 0x{:05x}, which the model does not know", value, offset));
  follow();
}

void Card::reset() noexcept {
  parts_.statistics.reset();
  parts_.receive.forget_late_writes();
  software_reset();
}

void Card::software_reset() noexcept {
  parts_.link.reset();
  parts_.file.reset();
  parts_.control.reset();
  parts_.time.reset();
  parts_.interrupts.reset();
  parts_.receive.reset(parts_.eeprom.mac());
  parts_.transmit.reset();
  parts_.module.reset();
  parts_.flow_control.reset();
}

void Card::set_bus_master(bool on) noexcept {
  if (!on) follow();
  bus_master_ = on;
}

// False: not now, and to be tried again. So the wire is asked before pools of the card get the frame.
bool Card::send_frame(std::span<const std::byte> frame, std::uint32_t queue) noexcept {
  if (loops_back()) {
    if (parts_.receive.enabled()) parts_.receive.offer(frame, false);
    return true;
  }
  const Pools::Switched to = parts_.receive.switched(frame, queue);
  if (to.wire && !parts_.wire.send(frame)) {
    if (parts_.wire.patient()) return false;
    ++parts_.lost_on_wire;
  }
  if (to.pools != 0 && parts_.receive.enabled()) parts_.receive.offer_inside(frame, to.pools);
  return true;
}

bool Card::loops_back() const noexcept {
  return (parts_.file.get(reg::kHlreg0) & bits::hlreg0::kLoopback) != 0;
}

bool Card::reaches_memory() const noexcept {
  return bus_master_ && parts_.control.master_enabled();
}

bool Card::transmits() const noexcept {
  return parts_.transmit.enabled() && reaches_memory() &&
         (loops_back() || (parts_.link.up() && !parts_.flow_control.paused()));
}

// A frame of software (a TAP interface, a capture) may be shorter than a MAC at the other end of a cable
// sends it.
std::span<const std::byte> Card::padded(std::span<const std::byte> frame) noexcept {
  if (frame.empty() || frame.size() >= kSmallestFrame || parts_.faults.runts) return frame;
  short_frame_ = {};
  std::ranges::copy(frame, short_frame_.begin());
  return short_frame_;
}

bool Card::poll_receive() noexcept {
  if (!parts_.link.up() || loops_back() || wire_held_) return false;
  const bool patient = parts_.wire.patient();
  const bool enabled = parts_.receive.enabled() && reaches_memory();
  if (!enabled && patient) return false;
  bool moved = false;
  for (unsigned i = 0; i < kFramesPerPoll; ++i) {
    const std::span frame = padded(parts_.wire.peek());
    if (frame.empty()) break;
    if (!enabled)
      parts_.receive.count_unreceived();
    else if (!parts_.flow_control.take(frame) &&
             parts_.receive.offer(frame, patient) == Receive::Outcome::wait)
      break;
    parts_.wire.consume();
    moved = true;
  }
  return moved;
}

bool Card::poll_queues() noexcept {
  parts_.receive.begin(now_);
  bool moved = poll_receive();
  if (transmits()) moved |= parts_.transmit.poll(now_);
  parts_.receive.end();
  return moved;
}

// The pages that a driver has mapped are gone like the rest.
void Card::show_gone() noexcept {
  for (const MappedPages& pages : kMappedPages)
    for (std::uint32_t offset = pages.offset; offset < pages.offset + pages.bytes; offset += 4)
      parts_.file.set(offset, kGone);
}

bool Card::poll(Nanoseconds now) noexcept {
  now_ = now;
  if (parts_.faults.gone) {
    show_gone();
    return false;
  }
  parts_.control.poll(now);
  parts_.link.poll(now);
  parts_.time.poll(now, parts_.link.slow());
  parts_.flow_control.poll(now);
  parts_.receive.flow_director().poll(now);
  if (++polls_ % kPollsPerLook == 0) {
    follow();
  } else {
    parts_.receive.queues().follow_enabled(now);
    parts_.transmit.queues().follow_enabled(now);
  }
  const bool moved = poll_queues();
  parts_.interrupts.poll(now);
  return moved;
}

}  // namespace ixyflow::model
