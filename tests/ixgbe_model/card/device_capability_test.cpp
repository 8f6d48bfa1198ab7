#include <catch2/catch.hpp>
#include <utility>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint32_t kSecTxCtrl = 0x8800, kSecTxStat = 0x8804, kSecRxCtrl = 0x8D00, kSecRxStat = 0x8D04;
constexpr std::uint32_t kEngineOff = 1U << 0, kPathOff = 1U << 1, kReady = 1U << 0, kFuse = 1U << 1;

}  // namespace

TEST_CASE("The fuse says that there is no security engine, before and after a reset") {
  Rig rig;
  for (int turn = 0; turn < 2; ++turn) {
    CHECK((rig.read(kSecTxStat) & kFuse) != 0);
    CHECK((rig.read(kSecRxStat) & kFuse) != 0);
    rig.bring_up();
  }
}

TEST_CASE("The security engine cannot be switched on, as a driver may try") {
  Rig rig;
  for (const std::uint32_t control : {kSecTxCtrl, kSecRxCtrl}) {
    rig.write(control, 0);
    CHECK(rig.read(control) == kEngineOff);
  }
}

TEST_CASE("Without a security engine the paths can still be stopped and asked whether they are empty") {
  Rig rig;
  for (const auto& [control, status] : {std::pair{kSecTxCtrl, kSecTxStat}, {kSecRxCtrl, kSecRxStat}}) {
    CHECK((rig.read(status) & kReady) == 0);
    rig.set(control, kPathOff);
    CHECK((rig.read(status) & kReady) != 0);
    rig.clear(control, kPathOff);
    CHECK((rig.read(status) & kReady) == 0);
  }
}

TEST_CASE("The EEPROM says that there are no offloads of FCoE, and no wake-up") {
  Rig rig;
  rig.write(0x10014, 0x2C << 2 | 1);
  CHECK(rig.read(0x10014) >> 16 == 1U << 1);
}

TEST_CASE("What the model does not do and cannot say is told of, once") {
  Rig rig;
  const auto told = [&] { return rig.status("unserved_capabilities"); };
  rig.bring_up();
  CHECK(told() == 0);
  rig.write(0x8A04, 2);  // LSECTXCTRL: authenticate and encrypt
  rig.write(0x8A04, 2);
  CHECK(told() == 1);
  rig.write(0xF600 + 8, 1);  // PFMRCTL
  CHECK(told() == 2);
  rig.bring_up();
  rig.write(0xF600, 1);
  CHECK(told() == 2);
}
