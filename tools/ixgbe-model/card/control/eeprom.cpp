#include "tools/ixgbe-model/card/control/eeprom.hpp"

#include <algorithm>
#include <string_view>

#include "tools/ixgbe-model/card/registers/bits.hpp"

namespace ixyflow::model {

namespace {

// The map (6.2). Pointers lead to sections whose first word is their length.
enum Word : std::uint16_t {
  kPcieAnalogPointer = 0x03,
  kPcieGeneralPointer = 0x06,
  kCore0Pointer = 0x09,
  kCore1Pointer = 0x0A,
  kFirmwarePointer = 0x0F,
  kPbaFirst = 0x15,  ///< part number: a guard, then a pointer
  kPbaSecond = 0x16,
  kSfpListPointer = 0x2B,
  kDeviceCapabilities = 0x2C,
  kImageVersionLow = 0x2D,
  kImageVersionHigh = 0x2E,
  kInitControl3 = 0x38,
  kChecksum = 0x3F,
};
constexpr std::uint16_t kChecksumSum = 0xBABA;
constexpr std::uint16_t kPbaGuard = 0xFAFA;
constexpr std::uint16_t kNowhere = 0xFFFF;
constexpr std::uint16_t kEndOfList = 0xFFFF;
// Device capabilities. The WoL bits (2 and 3) are 0, too: drivers offer neither.
constexpr std::uint16_t kNoFcoeOffloads = 1U << 1;

// Where the sections stand in this image.
constexpr std::uint16_t kPcieAnalog = 0x40, kPcieGeneral = 0x50, kCore0 = 0x60, kCore1 = 0x68,
                        kFirmware = 0x70;
constexpr std::uint16_t kFirmwarePatch = 0x80, kPba = 0x90, kSfpList = 0xA0, kSfpSequence = 0xD0;

constexpr std::string_view kPartNumber = "IXYF01-001";
constexpr std::uint16_t kFirmwareVersion = 7;  // drivers want more than 5 for SFI ports

// Kinds of SFP modules in the list (6.3.8): each port of the card has its own number for a passive copper
// cable and for fibre.
constexpr std::uint16_t kModules[] = {3, 4, 5, 6};

}  // namespace

Eeprom::Eeprom(RegisterFile& file, std::span<const std::uint8_t, 6> mac, std::uint16_t device_id)
    : file_(file) {
  std::ranges::copy(mac, given_mac_.begin());
  words_.fill(0xFFFF);
  write_sections(device_id);
  write_sfp_lists();
  write_mac(given_mac_);
  write_checksum();
  file_.owned({reg::kEerd}, *this);
}

void Eeprom::write_sections(std::uint16_t device_id) noexcept {
  std::fill_n(words_.begin(), 3, std::uint16_t{0});
  words_[kPcieAnalogPointer] = kPcieAnalog;
  words_[kPcieAnalog] = 1;
  words_[kPcieAnalog + 1] = 0;
  words_[kPcieGeneralPointer] = kPcieGeneral;
  words_[kPcieGeneral] = 2;
  words_[kPcieGeneral + 1] = 0;
  words_[kPcieGeneral + 2] = device_id;
  words_[kCore0Pointer] = kCore0;
  words_[kCore1Pointer] = kCore1;
  words_[kCore0] = words_[kCore1] = 3;
  words_[kFirmwarePointer] = kFirmware;
  words_[kFirmware] = 4;
  words_[kFirmware + 4] = kFirmwarePatch;
  words_[kFirmwarePatch] = 7;
  words_[kFirmwarePatch + 7] = kFirmwareVersion;
  words_[kPbaFirst] = kPbaGuard;
  words_[kPbaSecond] = kPba;
  words_[kPba] = kPartNumber.size() / 2 + 1;
  for (std::size_t i = 0; i < kPartNumber.size(); i += 2)
    words_[kPba + 1 + i / 2] = static_cast<std::uint16_t>(kPartNumber[i] << 8 | kPartNumber[i + 1]);
  words_[kDeviceCapabilities] = kNoFcoeOffloads;
  words_[kImageVersionLow] = 1;
  words_[kImageVersionHigh] = 0x8000;
  words_[kInitControl3] = 0;
}

// Pairs of a module's kind and where its sequence of words for CORECTL is; drivers walk both to their ends.
void Eeprom::write_sfp_lists() noexcept {
  words_[kSfpListPointer] = kSfpList;
  std::uint16_t entry = kSfpList;
  std::uint16_t sequence = kSfpSequence;
  words_[entry++] = 2 * std::size(kModules) + 1;
  for (const std::uint16_t module : kModules) {
    words_[entry++] = module;
    words_[entry++] = sequence;
    words_[sequence++] = 2;
    words_[sequence++] = static_cast<std::uint16_t>(0x0100 | module);
    words_[sequence++] = 0x0200;
    words_[sequence++] = kEndOfList;
  }
  words_[entry] = kEndOfList;
}

void Eeprom::write_mac(std::span<const std::uint8_t, 6> mac) noexcept {
  std::ranges::copy(mac, mac_.begin());
  for (std::size_t i = 0; i < 3; ++i) {
    words_[kCore0 + 1 + i] = static_cast<std::uint16_t>(mac[2 * i] | mac[2 * i + 1] << 8);
    words_[kCore1 + 1 + i] = words_[kCore0 + 1 + i];
  }
}

// The words 0 to 0x3E, what the pointers from 3 to 0x0E lead to, and the checksum sum up to 0xBABA (6.2).
void Eeprom::write_checksum() noexcept {
  std::uint16_t sum = 0;
  for (std::size_t i = 0; i < kChecksum; ++i) sum = static_cast<std::uint16_t>(sum + words_[i]);
  for (std::size_t i = kPcieAnalogPointer; i < kFirmwarePointer; ++i) {
    const std::uint16_t section = words_[i];
    if (section == kNowhere || section == 0) continue;
    for (std::size_t j = 1; j <= words_[section]; ++j)
      sum = static_cast<std::uint16_t>(sum + words_[section + j]);
  }
  words_[kChecksum] = static_cast<std::uint16_t>(kChecksumSum - sum + (bad_checksum_ ? 1 : 0));
}

void Eeprom::spoil_checksum(bool on) noexcept {
  bad_checksum_ = on;
  write_checksum();
}

void Eeprom::spoil_mac(bool on) noexcept {
  constexpr std::array<std::uint8_t, 6> kOnes{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  write_mac(on ? kOnes : given_mac_);
  write_checksum();
}

std::uint32_t Eeprom::read_register(std::uint32_t offset) noexcept {
  return file_.get(offset);
}

// 8.2.3.2.2: START with an address in 15:2; the word comes in 31:16.
void Eeprom::write_register(std::uint32_t offset, std::uint32_t value) noexcept {
  if ((value & bits::eerd::kStart) == 0) return;
  const std::uint32_t address = bits::field(value, 2, 14);
  file_.set(offset, std::uint32_t{word(address)} << 16 | address << 2 | bits::eerd::kDone);
}

}  // namespace ixyflow::model
