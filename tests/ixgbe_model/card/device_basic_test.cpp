#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

TEST_CASE("A reset ends by itself and brings the card up step by step") {
  Rig rig;
  rig.write(0x00000, 1U << 26);
  CHECK((rig.read(0x00000) & 1U << 26) != 0);
  CHECK((rig.read(0x10010) & 1U << 9) == 0);  // EEC.AUTO_RD
  CHECK((rig.read(0x02F00) & 1U << 3) == 0);  // RDRXCTL.DMAIDONE
  rig.run(10'000'000);
  CHECK((rig.read(0x00000) & 1U << 26) == 0);
  CHECK((rig.read(0x10010) & 0x300) == 0x300);
  CHECK((rig.read(0x02F00) & 1U << 3) != 0);
}

TEST_CASE("The first receive address is the one of the EEPROM") {
  Rig rig({.mac = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55}, .map_queues = false});
  CHECK(rig.read(0x05400) == 0x33221102);
  CHECK(rig.read(0x05404) == 0x80005544);
  CHECK(rig.read(0x0A200) == 0x33221102);
}

TEST_CASE("The link comes up after a while") {
  Rig rig;
  rig.write(0x00000, 1U << 26);
  rig.run(5'000'000);
  CHECK((rig.read(0x042A4) & 1U << 30) == 0);
  rig.run(30'000'000);
  CHECK((rig.read(0x042A4) & 0x70000000) == 0x70000000);
}

TEST_CASE("A frame is received into the first buffer") {
  Rig rig;
  rig.bring_up();
  rig.start_rx(0);
  const Bytes frame = test_frame(60);
  rig.receive(frame);
  const Words done = rig.rx(0, 0);
  CHECK((done.high & 3) == 3);              // DD, EOP
  CHECK((done.high >> 32 & 0xFFFF) == 60);  // length
  CHECK((done.high >> 20 & 0xFFF) == 0);    // no error
  CHECK(rig.bytes(Rig::rx_buffer(0, 0), 60) == frame);
  CHECK(rig.read(0x1010) == 1);  // RDH
}

TEST_CASE("A frame is sent, its descriptor done and the head moved") {
  Rig rig;
  rig.bring_up();
  rig.start_tx(0);
  const Bytes frame = test_frame(100);
  rig.send(0, frame, kPlain);
  REQUIRE(rig.wire.sent.size() == 1);
  CHECK(rig.wire.sent.front() == frame);
  CHECK((rig.tx(0, 0).high >> 32 & 1) == 1);
  CHECK(rig.read(0x6010) == 1);  // TDH
}
