#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint32_t kAutoc = 0x42A0, kLinks = 0x42A4, kAnlp1 = 0x42B0, kMflcn = 0x4294, kTfcs = 0xCE00;
constexpr std::uint32_t kUp = 1U << 30, kLatched = 1U << 7;

Bytes pause_frame(std::uint16_t quanta) {
  Bytes body(46, 0);
  body[1] = 1;
  body[2] = static_cast<std::uint8_t>(quanta >> 8);
  body[3] = static_cast<std::uint8_t>(quanta);
  return ethernet({.destination = "01:80:c2:00:00:01", .type = 0x8808}, body);
}

}  // namespace

TEST_CASE("LINKS latches that the link was down") {
  Rig rig;
  rig.bring_up();
  CHECK((rig.read(kLinks) & (kUp | kLatched)) == kUp);
  CHECK((rig.read(kLinks) & (kUp | kLatched)) == (kUp | kLatched));
  rig.wire.light = false;
  rig.poll();
  rig.wire.light = true;
  rig.run(50'000'000);
  CHECK((rig.read(kLinks) & (kUp | kLatched)) == kUp);
  CHECK((rig.read(kLinks) & (kUp | kLatched)) == (kUp | kLatched));
}

TEST_CASE("A restart of the negotiation takes the link down for a while") {
  Rig rig;
  rig.bring_up();
  rig.set(kAutoc, 1U << 12);
  CHECK((rig.read(kAutoc) & 1U << 12) == 0);
  rig.poll();
  CHECK((rig.read(kLinks) & kUp) == 0);
  rig.run(50'000'000);
  CHECK((rig.read(kLinks) & kUp) != 0);
}

TEST_CASE("1 Gbit/s is shown where it is asked for, and backplane modes find nobody") {
  Rig rig;
  rig.bring_up();
  rig.write(kAutoc, 0);
  rig.run(50'000'000);
  CHECK((rig.read(kLinks) & (kUp | 3U << 28)) == (kUp | 2U << 28));
  CHECK((rig.read(kAnlp1) >> 16 & 0xF) == 0);
  rig.write(kAutoc, 7U << 13);
  rig.run(50'000'000);
  CHECK((rig.read(kLinks) & kUp) == 0);
  CHECK((rig.read(kAnlp1) >> 16 & 0xF) != 0);
}

TEST_CASE("A PAUSE frame stops the transmitter for its time, when flow control is on") {
  Rig rig;
  rig.bring_up();
  rig.start_tx(0);
  rig.receive(pause_frame(1000));
  rig.send(0, test_frame(60), kPlain);
  CHECK(rig.wire.sent.size() == 1);  // RFCE is off
  CHECK(rig.read(0x41A8) == 0);
  rig.write(kMflcn, 1U << 3);
  rig.receive(pause_frame(1000));  // 51.2 us
  CHECK(rig.read(0x41A8) == 1);    // LXOFFRXCNT
  CHECK((rig.read(kTfcs) & 1) == 0);
  rig.send(0, test_frame(60), kPlain);
  CHECK(rig.wire.sent.size() == 1);
  rig.run(60'000, 1'000);
  CHECK(rig.wire.sent.size() == 2);
  CHECK((rig.read(kTfcs) & 1) == 1);
  rig.receive(pause_frame(0xFFFF));
  rig.receive(pause_frame(0));
  CHECK(rig.read(0x41A4) == 1);  // LXONRXCNT
  rig.send(0, test_frame(60), kPlain);
  CHECK(rig.wire.sent.size() == 3);
}

TEST_CASE("MAC control frames reach the driver only with PMCF") {
  Rig rig;
  rig.bring_up();
  rig.start_rx(0);
  rig.receive(pause_frame(0));
  CHECK(rig.rx(0, 0).high == 0);
  rig.write(kMflcn, 1);
  rig.receive(pause_frame(0));
  CHECK((rig.rx(0, 0).high & 3) == 3);
}

TEST_CASE("The flow director starts and takes commands") {
  Rig rig;
  rig.write(0xEE00, 1);
  CHECK((rig.read(0xEE00) & 1U << 3) == 0);
  rig.run(1'000'000);
  CHECK((rig.read(0xEE00) & 1U << 3) != 0);
  rig.write(0xEE2C, 1U << 9 | 1);
  CHECK((rig.read(0xEE2C) & 3) == 0);
}

TEST_CASE("Unknown registers read 0, take nothing and are counted") {
  Rig rig;
  rig.write(0x07FF0, 0x12345678);
  CHECK(rig.read(0x07FF0) == 0);
  CHECK(rig.read(0x7FFFC) == 0);  // flash
  CHECK(rig.status("unknown_registers") == 3);
}
