#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint32_t kEerd = 0x10014;
constexpr std::uint16_t kNowhere = 0xFFFF;

std::uint16_t word(Rig& rig, std::uint32_t at) {
  rig.write(kEerd, at << 2 | 1);
  const std::uint32_t answer = rig.read(kEerd);
  CHECK((answer & 2) != 0);
  CHECK((answer >> 2 & 0x3FFF) == at);
  return static_cast<std::uint16_t>(answer >> 16);
}

/// As drivers compute it (6.2): words 0 to 0x3F and what the pointers from 3 to 0xE lead to.
std::uint16_t checksum(Rig& rig) {
  std::uint32_t sum = 0;
  for (std::uint32_t i = 0; i <= 0x3F; ++i) sum += word(rig, i);
  for (std::uint32_t i = 3; i < 0xF; ++i) {
    const std::uint16_t section = word(rig, i);
    if (section == 0 || section == kNowhere) continue;
    const std::uint16_t length = word(rig, section);
    for (std::uint32_t j = 1; j <= length; ++j) sum += word(rig, section + j);
  }
  return static_cast<std::uint16_t>(sum);
}

}  // namespace

TEST_CASE("The EEPROM's checksum is right") {
  Rig rig;
  CHECK(checksum(rig) == 0xBABA);
}

TEST_CASE("The EEPROM has the address in both ports' sections") {
  Rig rig({.mac = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55}, .map_queues = false});
  for (const std::uint32_t pointer : {0x09U, 0x0AU}) {
    const std::uint16_t section = word(rig, pointer);
    CHECK(word(rig, section + 1) == 0x1102);
    CHECK(word(rig, section + 2) == 0x3322);
    CHECK(word(rig, section + 3) == 0x5544);
  }
}

TEST_CASE("The list of SFP modules ends, and so do its sequences") {
  Rig rig;
  std::uint32_t at = word(rig, 0x2B) + 1U;
  bool fibre = false;
  for (int entries = 0; word(rig, at) != 0xFFFF; at += 2) {
    REQUIRE(++entries < 16);
    fibre |= word(rig, at) == 5;
    std::uint32_t step = word(rig, at + 1) + 1U;
    for (int words = 0; word(rig, step) != 0xFFFF; ++step) REQUIRE(++words < 16);
  }
  CHECK(fibre);
}

TEST_CASE("The EEPROM names a firmware that drivers take, a part number and an image version") {
  Rig rig;
  const std::uint16_t firmware = word(rig, 0x0F);
  CHECK(word(rig, word(rig, firmware + 4U) + 7U) > 5);
  CHECK(word(rig, 0x15) == 0xFAFA);
  CHECK(word(rig, word(rig, 0x16)) == 6);
  CHECK((word(rig, 0x2E) & 0x8000) != 0);
}

TEST_CASE("EEC shows the size, and grants its pins to whoever asks") {
  Rig rig;
  CHECK((rig.read(0x10010) & 1U << 8) != 0);
  CHECK((rig.read(0x10010) >> 11 & 0xF) == 7);  // 2^(7 + 6) words
  rig.write(0x10010, 1U << 6);
  CHECK((rig.read(0x10010) & 1U << 7) != 0);
}

TEST_CASE("The semaphore is taken by whoever reads it free") {
  Rig rig;
  CHECK((rig.read(0x10140) & 1) == 0);
  CHECK((rig.read(0x10140) & 1) == 1);
  rig.write(0x10140, 2);
  CHECK((rig.read(0x10140) & 3) == 2);
}

TEST_CASE("G1 a wrong checksum and an address of all ones") {
  Rig rig;
  REQUIRE(rig.faults->inject("eeprom bad-checksum").has_value());
  CHECK(checksum(rig) != 0xBABA);
  CHECK((rig.read(0x10148) >> 19 & 0x3F) != 0);  // FWSM.Ext_Err_Ind
  REQUIRE(rig.faults->inject("eeprom bad-mac").has_value());
  CHECK(checksum(rig) == 0xBABA);
  CHECK(rig.read(0xA200) == 0xFFFFFFFF);
  CHECK((rig.read(0xA204) & 0xFFFF) == 0xFFFF);
  REQUIRE(rig.faults->inject("eeprom good").has_value());
  CHECK(rig.read(0xA200) == 2);
  CHECK((rig.read(0x10148) >> 19 & 0x3F) == 0);
}
