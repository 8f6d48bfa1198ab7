#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint32_t kBroadcast = 1U << 10, kMulticastAll = 1U << 8, kUnicastAll = 1U << 9;

/// A card whose filters are on: only its own address, 02:00:00:00:00:01.
class FilterRig : public Rig {
 public:
  FilterRig() {
    bring_up();
    write(kFctrl, 0);
    start_rx(0);
  }
  bool takes(const Bytes& frame) {
    receive(frame);
    const bool done = (rx(0, next_).high & 1) != 0;
    if (done) ++next_;
    return done;
  }
  std::uint32_t next_ = 0;
};

Bytes to(const std::string& address) {
  return padded(ethernet({.destination = address}, counting(40)));
}
Bytes tagged(std::uint16_t tci) {
  return padded(
      ethernet({.destination = "02:00:00:00:00:01", .type = 0x8100}, vlan(tci, 0x88B5, counting(40))));
}

}  // namespace

TEST_CASE("Only the own address is taken") {
  FilterRig rig;
  CHECK(rig.takes(to("02:00:00:00:00:01")));
  CHECK_FALSE(rig.takes(to("02:00:00:00:00:02")));
  CHECK_FALSE(rig.takes(to("01:00:5e:00:00:01")));
  CHECK_FALSE(rig.takes(to("ff:ff:ff:ff:ff:ff")));
  CHECK(rig.status("rx_dropped_filtered") == 3);
}

TEST_CASE("Any of the 128 receive addresses can be valid") {
  FilterRig rig;
  for (const std::uint32_t entry : {1U, 15U, 16U, 127U}) {
    const std::string address =
        "02:00:00:00:01:" + std::string(entry < 16 ? "0" : "") + "7" + (entry < 16 ? "" : "7");
    const std::uint32_t low = 0x00000002, high = entry < 16 ? 0x0701U : 0x7701U;
    rig.write(0xA200 + 8 * entry, low);
    rig.write(0xA204 + 8 * entry, high | 1U << 31);
    CHECK(rig.takes(to(address)));
    rig.write(0xA204 + 8 * entry, high);
    CHECK_FALSE(rig.takes(to(address)));
  }
}

TEST_CASE("Promiscuous modes are for unicast and for multicast; broadcast has its own") {
  FilterRig rig;
  rig.write(kFctrl, kUnicastAll);
  CHECK(rig.takes(to("02:00:00:00:00:99")));
  CHECK_FALSE(rig.takes(to("01:00:5e:00:00:01")));
  CHECK_FALSE(rig.takes(to("ff:ff:ff:ff:ff:ff")));
  rig.write(kFctrl, kBroadcast);
  CHECK(rig.takes(to("ff:ff:ff:ff:ff:ff")));
  CHECK_FALSE(rig.takes(to("02:00:00:00:00:99")));
  rig.write(kFctrl, kMulticastAll);
  CHECK(rig.takes(to("01:00:5e:00:00:01")));
  CHECK(rig.takes(to("ff:ff:ff:ff:ff:ff")));
}

TEST_CASE("The multicast table is indexed by the bits that MO names, and PIF says so") {
  // 01:00:5e:12:34:56, bits 47:36 are 0x563, 46:35 0xac6, 45:34 0x58d, 43:32 0x634.
  constexpr std::uint32_t kIndex[4] = {0x563, 0xAC6, 0x58D, 0x634};
  for (std::uint32_t mode = 0; mode < 4; ++mode) {
    FilterRig rig;
    rig.write(kMta + kIndex[mode] / 32 * 4, 1U << kIndex[mode] % 32);
    CHECK_FALSE(rig.takes(to("01:00:5e:12:34:56")));  // the table is off
    rig.write(kMcstctrl, mode | 1U << 2);
    CHECK(rig.takes(to("01:00:5e:12:34:56")));
    CHECK((rig.rx(0, 0).high & 1U << 7) != 0);  // PIF
    CHECK_FALSE(rig.takes(to("01:00:5e:12:34:57")));
  }
}

TEST_CASE("The VLAN filter drops tags that are not in its table, and leaves others alone") {
  FilterRig rig;
  CHECK(rig.takes(tagged(100)));
  rig.set(kVlnctrl, 1U << 30);
  CHECK_FALSE(rig.takes(tagged(100)));
  rig.write(kVfta + 100 / 32 * 4, 1U << 100 % 32);
  CHECK(rig.takes(tagged(100)));
  CHECK(rig.takes(tagged(100 | 5U << 13)));  // priority does not matter
  CHECK_FALSE(rig.takes(tagged(101)));
  CHECK(rig.takes(to("02:00:00:00:00:01")));
  CHECK((rig.read(kVlnctrl) & 0xFFFF) == 0x8100);
}

TEST_CASE("The CFI bit can be filtered") {
  FilterRig rig;
  rig.set(kVlnctrl, 1U << 30 | 1U << 29);  // VFE, CFIEN; CFI must be 0
  rig.write(kVfta + 100 / 32 * 4, 1U << 100 % 32);
  CHECK(rig.takes(tagged(100)));
  CHECK_FALSE(rig.takes(tagged(100 | 1U << 12)));
  rig.set(kVlnctrl, 1U << 28);
  CHECK(rig.takes(tagged(100 | 1U << 12)));
}

TEST_CASE("A reset puts the address of the EEPROM back and clears the others") {
  FilterRig rig;
  rig.write(0xA200, 0x12345678);
  rig.write(0xA20C, 1U << 31);
  rig.write(0x00000, 1U << 26);
  CHECK(rig.read(0xA200) == 0x00000002);
  CHECK(rig.read(0xA204) == (0x0100 | 1U << 31));
  CHECK(rig.read(0xA20C) == 0);
}

TEST_CASE("The unicast table is hashed like the multicast one") {
  FilterRig rig;
  rig.write(0xF400 + 0x563 / 32 * 4, 1U << 0x563 % 32);
  CHECK_FALSE(rig.takes(to("02:00:5e:12:34:56")));
  rig.write(kMcstctrl, 1U << 2);
  CHECK(rig.takes(to("02:00:5e:12:34:56")));
  CHECK((rig.rx(0, 0).high & 1U << 7) != 0);  // PIF
  CHECK_FALSE(rig.takes(to("02:00:5e:12:34:57")));
}
