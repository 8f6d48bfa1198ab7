#include "tools/ixgbe-model/card/control/interrupt_unit.hpp"

#include <bit>

#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

using bits::field;

constexpr std::uint32_t kQueueBits = bits::cause::kQueues;
constexpr std::uint32_t kClearedByReadAlways = 0x3FFF0000;  // 8.2.3.5.1: bits 16 to 29, also under GPIE.OCD
constexpr std::uint32_t kImmediate = bits::bit(6);          // GPIE.EIMEN
constexpr Nanoseconds kThrottleUnit = 2'048;                // EITR, at 10 Gbit/s

}  // namespace

InterruptUnit::InterruptUnit(RegisterFile& file, Interrupts& interrupts)
    : file_(file), interrupts_(interrupts) {
  declare();
}

void InterruptUnit::declare() {
  for (const std::uint32_t offset : {reg::kEicr, reg::kEics, reg::kEims, reg::kEimc, reg::kEiam})
    file_.owned({offset}, *this);
  for (const reg::Range range :
       {reg::kEicrN, reg::kEicsN, reg::kEimsN, reg::kEimcN, reg::kEiamN, reg::kEitrLow})
    file_.owned(range, *this);
  file_.owned(reg::kEitrHigh, *this);
  file_.plain({reg::kEiac});
  file_.plain(reg::kIvar);
  file_.plain({reg::kIvarMisc});
  file_.plain({reg::kGpie});
}

void InterruptUnit::reset() noexcept {
  causes_ = mask_ = auto_mask_ = {};
  requested_ = 0;
  next_ = {};
}

InterruptUnit::Bits InterruptUnit::from_basic(std::uint32_t value) noexcept {
  return {value & kQueueBits, value & ~kQueueBits};
}
InterruptUnit::Bits InterruptUnit::from_extended(std::uint32_t index, std::uint32_t value) noexcept {
  return {std::uint64_t{value} << (32 * index), 0};
}
std::uint32_t InterruptUnit::to_basic(Bits bits) noexcept {
  return static_cast<std::uint32_t>(bits.queues & kQueueBits) | bits.other;
}
std::uint32_t InterruptUnit::to_extended(std::uint32_t index, Bits bits) noexcept {
  return static_cast<std::uint32_t>(bits.queues >> (32 * index));
}

bool InterruptUnit::several_vectors() const noexcept {
  return (file_.get(reg::kGpie) & bits::gpie::kMultipleMsix) != 0 &&
         interrupts_.kind() == Interrupts::Kind::msix;
}

// IVAR has four fields of 8 bits: receive and transmit cause of an even and an odd queue.
void InterruptUnit::queue_cause(std::uint32_t queue, unsigned direction) noexcept {
  const std::uint32_t entry = field(file_.get(reg::kIvar.at(queue / 2)), 16 * (queue % 2) + 8 * direction, 8);
  if ((entry & 0x80) == 0) return;
  const bool several = (file_.get(reg::kGpie) & bits::gpie::kMultipleMsix) != 0;
  happened({std::uint64_t{1} << (entry & (several ? 0x3F : 0x0F)), 0});
}

void InterruptUnit::other(std::uint32_t cause) noexcept {
  happened({0, cause});
}

void InterruptUnit::happened(Bits causes) noexcept {
  causes_.set(causes);
  requested_ |= vectors_of(causes & mask_);
}

void InterruptUnit::enable(Bits causes) noexcept {
  mask_.set(causes);
  requested_ |= vectors_of((several_vectors() ? causes : mask_) & causes_);
}

std::uint64_t InterruptUnit::vectors_of(Bits causes) const noexcept {
  if (!several_vectors()) return causes.any() ? 1 : 0;
  std::uint64_t vectors = causes.queues;
  const std::uint32_t misc = file_.get(reg::kIvarMisc);
  const std::uint32_t timer = field(misc, 0, 8), rest = field(misc, 8, 8);
  if ((causes.other & bits::cause::kTcpTimer) != 0 && (timer & 0x80) != 0)
    vectors |= std::uint64_t{1} << (timer & 0x3F);
  if ((causes.other & ~bits::cause::kTcpTimer) != 0 && (rest & 0x80) != 0)
    vectors |= std::uint64_t{1} << (rest & 0x3F);
  return vectors;
}

Nanoseconds InterruptUnit::interval(unsigned vector) const noexcept {
  const std::uint32_t offset = vector < reg::kEitrLow.count ? reg::kEitrLow.at(vector)
                                                            : reg::kEitrHigh.at(vector - reg::kEitrLow.count);
  return field(file_.get(offset), 3, 9) * kThrottleUnit;
}

void InterruptUnit::signal(unsigned vector, Nanoseconds now) noexcept {
  next_[vector] = now + interval(vector);
  if (trouble_ != Trouble::silent) interrupts_.raise(vector);
  ++raised_;
  if (!several_vectors()) return;
  // 7.3.1: causes named in EIAC go with the message (those beyond its 16 always do), and with GPIE.EIAME the
  // vector masks itself.
  const Bits of_vector{std::uint64_t{1} << vector, 0};
  const std::uint64_t clears = (file_.get(reg::kEiac) & kQueueBits) | ~std::uint64_t{kQueueBits};
  causes_.clear({of_vector.queues & clears, 0});
  if ((file_.get(reg::kGpie) & bits::gpie::kAutoMaskExtended) != 0) mask_.clear(of_vector & auto_mask_);
}

void InterruptUnit::poll(Nanoseconds now) noexcept {
  if (trouble_ == Trouble::storm) requested_ |= several_vectors() ? mask_.queues : mask_.any() ? 1 : 0;
  for (std::uint64_t left = requested_; left != 0; left &= left - 1) {
    const auto vector = static_cast<unsigned>(std::countr_zero(left));
    if (trouble_ != Trouble::storm) {
      if ((vectors_of(causes_ & mask_) >> vector & 1U) == 0) {
        requested_ &= ~(std::uint64_t{1} << vector);
        continue;
      }
      if (now < next_[vector]) continue;
    }
    requested_ &= ~(std::uint64_t{1} << vector);
    signal(vector, now);
  }
}

std::uint32_t InterruptUnit::read_causes() noexcept {
  const std::uint32_t value = to_basic(causes_);
  const std::uint32_t gpie = file_.get(reg::kGpie);
  const bool all = (gpie & bits::gpie::kOtherClearDisable) == 0;
  causes_.clear(from_basic(all ? ~0U : kClearedByReadAlways));
  if ((gpie & bits::gpie::kMultipleMsix) == 0) mask_.clear(auto_mask_ & from_basic(value));
  return value;
}

std::uint32_t InterruptUnit::read_register(std::uint32_t offset) noexcept {
  switch (offset) {
    case reg::kEicr:
      return read_causes();
    case reg::kEics:
      return to_basic(causes_);
    case reg::kEims:
      return to_basic(mask_);
    case reg::kEiam:
      return to_basic(auto_mask_);
    default:
      break;
  }
  if (reg::kEicrN.contains(offset) || reg::kEicsN.contains(offset))
    return to_extended((offset & 4) / 4, causes_);
  if (reg::kEimsN.contains(offset)) return to_extended((offset & 4) / 4, mask_);
  if (reg::kEiamN.contains(offset)) return to_extended((offset & 4) / 4, auto_mask_);
  return reg::kEitrLow.contains(offset) || reg::kEitrHigh.contains(offset) ? file_.get(offset) : 0;
}

void InterruptUnit::write_throttle(std::uint32_t offset, std::uint32_t value) noexcept {
  const std::uint32_t vector = reg::kEitrLow.contains(offset)
                                   ? reg::kEitrLow.index_of(offset)
                                   : reg::kEitrHigh.index_of(offset) + reg::kEitrLow.count;
  file_.set(offset, value & ~bits::eitr::kCounterWriteDisable);
  if ((value & bits::eitr::kCounterWriteDisable) == 0 && vector < kVectors) next_[vector] = 0;
}

void InterruptUnit::write_extended(std::uint32_t offset, std::uint32_t value) noexcept {
  const Bits causes = from_extended((offset & 4) / 4, value);
  if (reg::kEicrN.contains(offset)) causes_.clear(causes);
  if (reg::kEicsN.contains(offset)) happened(causes);
  if (reg::kEimsN.contains(offset)) enable(causes);
  if (reg::kEimcN.contains(offset)) mask_.clear(causes);
  if (reg::kEiamN.contains(offset)) {
    auto_mask_.clear(from_extended((offset & 4) / 4, ~0U));
    auto_mask_.set(causes);
  }
}

void InterruptUnit::write_register(std::uint32_t offset, std::uint32_t value) noexcept {
  if (reg::kEitrLow.contains(offset) || reg::kEitrHigh.contains(offset)) {
    write_throttle(offset, value);
    return;
  }
  const Bits causes = from_basic(value);
  switch (offset) {
    case reg::kEicr:
      causes_.clear(causes);
      break;
    case reg::kEics:
      if ((file_.get(reg::kGpie) & kImmediate) != 0) next_ = {};
      happened(causes);
      break;
    case reg::kEims:
      enable(causes);
      break;
    case reg::kEimc:
      mask_.clear(causes);
      break;
    case reg::kEiam:
      auto_mask_.clear(from_basic(~0U));
      auto_mask_.set(causes);
      break;
    default:
      write_extended(offset, value);
  }
}

}  // namespace ixyflow::model
