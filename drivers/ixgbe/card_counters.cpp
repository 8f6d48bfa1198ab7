#include "drivers/ixgbe/card_counters.hpp"

#include "drivers/ixgbe/registers.hpp"

namespace ixyflow::drivers::ixgbe {

namespace {

constexpr std::uint32_t kAllOnes = 0xffffffff;
constexpr std::uint32_t kHighBits = 0xf;  ///< of a 36-bit counter

}  // namespace

void CardCounters::read(Device& device, unsigned receive_queues) {
  // All ones are a card that has gone: nothing of what it says counts.
  const auto add = [&](SharedCounter& counter, std::uint32_t offset) {
    if (const std::uint32_t value = device.read(offset); value != kAllOnes) counter.add(value);
  };
  // The low half first: reading the high one clears both (8.2.3.23.25).
  const auto add_wide = [&](SharedCounter& counter, std::uint32_t low_offset, std::uint32_t high_offset) {
    const std::uint32_t low = device.read(low_offset);
    const std::uint32_t high = device.read(high_offset);
    if (high != kAllOnes) counter.add(low | std::uint64_t{high & kHighBits} << 32);
  };
  add(crc_errors, reg::kCrcerrs);
  add(illegal_bytes, reg::kIllerrc);
  add(illegal_bytes, reg::kErrbc);
  for (unsigned buffer = 0; buffer < 8; ++buffer) add(missed, reg::mpc(buffer));
  for (unsigned queue = 0; queue < receive_queues && queue < 16; ++queue)
    add(no_descriptor, reg::qprdc(queue));
  add(length_errors, reg::kRlec);
  add(pause_received, reg::kLxonrxc);
  add(pause_received, reg::kLxoffrxc);
  add(good_received, reg::kGprc);
  add(good_transmitted, reg::kGptc);
  add_wide(good_received_bytes, reg::kGorcl, reg::kGorch);
  add_wide(good_transmitted_bytes, reg::kGotcl, reg::kGotch);
  add(undersize, reg::kRuc);
  add(undersize, reg::kRfc);
  add(oversize, reg::kRoc);
  add(oversize, reg::kRjc);
}

}  // namespace ixyflow::drivers::ixgbe
