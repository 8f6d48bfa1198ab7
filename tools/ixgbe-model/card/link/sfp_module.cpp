#include "tools/ixgbe-model/card/link/sfp_module.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

// I2CCTL (8.2.3.1.5): what is on the wires, and what the driver puts there. They are pulled up; who writes 0
// wins.
constexpr std::uint32_t kClockIn = 1U << 0, kClockOut = 1U << 1, kDataIn = 1U << 2, kDataOut = 1U << 3;
constexpr std::uint32_t kReleased = kClockOut | kDataOut;

constexpr std::uint8_t kDeviceAddress = 0xA0;  // SFF-8472; no diagnostics at 0xA2
constexpr unsigned kBits = 8;

using Memory = std::array<std::uint8_t, 256>;

void put_text(Memory& memory, std::size_t at, std::size_t bytes, std::string_view text) {
  std::fill_n(memory.begin() + static_cast<std::ptrdiff_t>(at), bytes, std::uint8_t{' '});
  std::copy_n(text.begin(), std::min(bytes, text.size()), memory.begin() + static_cast<std::ptrdiff_t>(at));
}

std::uint8_t sum_of(const Memory& memory, std::size_t from, std::size_t to) {
  return static_cast<std::uint8_t>(std::accumulate(memory.begin() + static_cast<std::ptrdiff_t>(from),
                                                   memory.begin() + static_cast<std::ptrdiff_t>(to), 0U));
}

// SFF-8472, table 3-1. The vendor's OUI is Intel's: the card's firmware and its drivers take no other optics.
Memory describe_module() {
  Memory memory{};
  memory[0] = 0x03;   // SFP or SFP+
  memory[1] = 0x04;   // known by its I2C interface only
  memory[2] = 0x07;   // LC connector
  memory[3] = 0x10;   // 10GBASE-SR
  memory[11] = 0x06;  // 64B/66B
  memory[12] = 103;   // 10.3 GBd
  memory[16] = 8;     // 80 m of OM2
  memory[19] = 30;    // 300 m of OM3
  put_text(memory, 20, 16, "ixyflow");
  memory[37] = 0x00;
  memory[38] = 0x1B;
  memory[39] = 0x21;
  put_text(memory, 40, 16, "SOFT-10GBASE-SR");
  put_text(memory, 56, 4, "1");
  memory[60] = 850 >> 8;
  memory[61] = 850 & 0xFF;
  memory[63] = sum_of(memory, 0, 63);
  memory[65] = 0x1A;  // transmit disable, transmit fault, loss of signal
  put_text(memory, 68, 16, "000001");
  put_text(memory, 84, 8, "260101");
  memory[95] = sum_of(memory, 64, 95);
  return memory;
}

}  // namespace

SfpModule::SfpModule(RegisterFile& file) : file_(file), memory_(describe_module()) {
  file_.owned({reg::kI2cCtl}, *this, kReleased);
}

void SfpModule::reset() noexcept {
  phase_ = Phase::idle;
  clock_ = data_ = true;
  pulled_down_ = false;
}

std::uint32_t SfpModule::read_register(std::uint32_t offset) noexcept {
  const std::uint32_t out = file_.get(offset) & kReleased;
  const bool data = (out & kDataOut) != 0 && !pulled_down_;
  return out | ((out & kClockOut) != 0 ? kClockIn : 0) | (data ? kDataIn : 0);
}

void SfpModule::write_register(std::uint32_t offset, std::uint32_t value) noexcept {
  file_.set(offset, value & kReleased);
  set_lines((value & kClockOut) != 0, (value & kDataOut) != 0);
}

void SfpModule::set_lines(bool clock, bool data) noexcept {
  if (clock && clock_ && data != data_) {
    // Data moves while the clock is high: a start (down) or a stop (up).
    phase_ = data ? Phase::idle : Phase::address;
    bit_ = 0;
    pulled_down_ = false;
  } else if (clock && !clock_) {
    clock_rises(data);
  } else if (!clock && clock_) {
    clock_falls();
  }
  clock_ = clock;
  data_ = data;
}

void SfpModule::clock_rises(bool data) noexcept {
  if (phase_ == Phase::idle) return;
  if (bit_ == kBits)
    refused_ = data;
  else if (bit_ < kBits && phase_ != Phase::reading)
    shifted_ = static_cast<std::uint8_t>(shifted_ << 1 | (data ? 1 : 0));
  ++bit_;
}

void SfpModule::clock_falls() noexcept {
  if (phase_ == Phase::idle) return;
  if (bit_ > kBits)
    next_byte_begins();
  else if (bit_ == kBits && phase_ == Phase::reading)
    pulled_down_ = false;  // the driver acknowledges
  else if (bit_ == kBits)
    byte_is_complete();
  else if (phase_ == Phase::reading)
    show_bit();
}

// Acknowledges what is meant for the module.
void SfpModule::byte_is_complete() noexcept {
  if (phase_ == Phase::address && (shifted_ & 0xFE) != kDeviceAddress) {
    phase_ = Phase::idle;
    return;
  }
  if (phase_ == Phase::offset) at_ = shifted_;
  pulled_down_ = true;
}

void SfpModule::next_byte_begins() noexcept {
  bit_ = 0;
  pulled_down_ = false;
  switch (phase_) {
    case Phase::address:
      phase_ = (shifted_ & 1) != 0 ? Phase::reading : Phase::offset;
      break;
    case Phase::offset:
      phase_ = Phase::data;  // what is written is not kept: the module is read only
      break;
    case Phase::reading:
      if (refused_) phase_ = Phase::idle;
      break;
    default:
      break;
  }
  if (phase_ != Phase::reading) return;
  shifted_ = memory_[at_++];
  show_bit();
}

void SfpModule::show_bit() noexcept {
  pulled_down_ = (shifted_ >> (kBits - 1 - bit_) & 1) == 0;
}

}  // namespace ixyflow::model
