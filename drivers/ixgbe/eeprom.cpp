// Whether the card's EEPROM can be trusted (data sheet 6.1 and 6.3, 8.2.3.2.2).

#include <fmt/core.h>

#include <thread>

#include "drivers/ixgbe/device.hpp"
#include "drivers/ixgbe/registers.hpp"

namespace ixyflow::drivers::ixgbe {

namespace {

constexpr std::uint32_t kChecksumWord = 0x3f;
constexpr std::uint16_t kChecksumSum = 0xbaba;  ///< of all words that count
constexpr std::uint32_t kFirstPointer = 0x03;   ///< words 0x03 to 0x0e point to sections that count as well
constexpr std::uint32_t kLastPointer = 0x0e;
constexpr std::uint32_t kLongestSection = 0x1000;  ///< MISSING bound: for what a length in the EEPROM may say
constexpr std::uint32_t kWords = 0x4000;           ///< that the address field of EERD reaches

}  // namespace

Result<std::uint16_t> Device::read_eeprom(std::uint32_t word) {
  write(reg::kEerd, word << reg::kEerdAddressShift | reg::kEerdStart);
  if (auto done = await(reg::kEerd, reg::kEerdDone, reg::kEerdDone, std::chrono::milliseconds(100),
                        "the card does not answer from its EEPROM");
      !done)
    return std::unexpected(done.error());
  return static_cast<std::uint16_t>(read(reg::kEerd) >> reg::kEerdDataShift);
}

/// The words of a section, which begins with their number.
Result<std::uint16_t> Device::sum_eeprom_section(std::uint32_t pointer_word) {
  const auto start = read_eeprom(pointer_word);
  if (!start || *start == 0 || *start == 0xffff || *start >= kWords)
    return start ? Result<std::uint16_t>(0) : start;
  const auto length = read_eeprom(*start);
  if (!length || *length == 0 || *length == 0xffff) return length ? Result<std::uint16_t>(0) : length;
  if (*length > kLongestSection || *start + *length >= kWords)
    return fail(
        ExitCode::unavailable,
        fmt::format("the card's EEPROM is damaged: section 0x{:02x} has {} words", pointer_word, *length));
  std::uint16_t sum = 0;
  for (std::uint32_t i = 1; i <= *length; ++i) {
    const auto word = read_eeprom(*start + i);
    if (!word) return word;
    sum = static_cast<std::uint16_t>(sum + *word);
  }
  return sum;
}

Result<void> Device::check_eeprom() {
  // ASSUMPTION EEPROM: X540 and X550 guard theirs with semaphores and other sections; their firmware checks
  // it.
  std::uint16_t sum = 0;
  for (std::uint32_t word = 0; family_ == Family::i82599 && word <= kChecksumWord; ++word) {
    const auto value = read_eeprom(word);
    if (!value) return std::unexpected(value.error());
    sum = static_cast<std::uint16_t>(sum + *value);
  }
  for (std::uint32_t word = kFirstPointer; family_ == Family::i82599 && word <= kLastPointer; ++word) {
    const auto section = sum_eeprom_section(word);
    if (!section) return std::unexpected(section.error());
    sum = static_cast<std::uint16_t>(sum + *section);
  }
  if (family_ == Family::i82599 && sum != kChecksumSum)
    return fail(ExitCode::unavailable,
                fmt::format("the card's EEPROM is damaged: its words add up to 0x{:04x}, not 0xbaba", sum));
  const EtherAddress own = address();
  if (own.is_group() || own == EtherAddress{})
    return fail(ExitCode::unavailable, "the card's EEPROM has no usable MAC address");
  return {};
}

}  // namespace ixyflow::drivers::ixgbe
