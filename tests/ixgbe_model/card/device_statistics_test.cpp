#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint32_t kGprc = 0x4074, kGorcl = 0x4088, kGorch = 0x408C, kGptc = 0x4080, kGotcl = 0x4090,
                        kGotch = 0x4094;
constexpr std::uint32_t kTpr = 0x40D0, kTpt = 0x40D4, kTorl = 0x40C0, kCrcErrs = 0x4000, kMpc0 = 0x3FA0;
constexpr std::uint32_t kQprc0 = 0x1030, kQbrcl0 = 0x1034, kQptc0 = 0x8680, kQbtcl0 = 0x8700;

class CountingRig : public Rig {
 public:
  explicit CountingRig(bool mapped = false) : Rig({.map_queues = mapped}) {
    bring_up();
    start_rx(0);
    start_tx(0);
  }
};

}  // namespace

TEST_CASE("Received frames are counted once, with their FCS, by size and by cast") {
  CountingRig rig;
  for (const std::size_t bytes : {60U, 61U, 123U, 124U, 252U, 508U, 1020U, 1514U})
    rig.receive(test_frame(bytes));
  rig.receive(padded(ethernet({.destination = "ff:ff:ff:ff:ff:ff"}, counting(40))));
  rig.receive(padded(ethernet({.destination = "01:00:5e:00:00:01"}, counting(40))));
  CHECK(rig.read(kGprc) == 10);
  CHECK(rig.read(kGprc) == 0);  // clear on read
  CHECK(rig.read(kGorcl) == 60 + 61 + 123 + 124 + 252 + 508 + 1020 + 1514 + 120 + 40);
  CHECK(rig.read(kGorch) == 0);
  CHECK(rig.read(kTpr) == 10);
  CHECK(rig.read(kTorl) == 3822);
  CHECK(rig.read(0x4078) == 1);  // BPRC
  CHECK(rig.read(0x407C) == 1);  // MPRC
  constexpr std::uint32_t kBins[6] = {3, 2, 1, 1, 1, 2};
  for (std::uint32_t i = 0; i < 6; ++i) CHECK(rig.read(0x405C + 4 * i) == kBins[i]);
  CHECK(rig.read(kQprc0) == 10);
  CHECK(rig.read(kQbrcl0) == 3822 - 40);  // in memory: without FCS
  CHECK(rig.read(kQprc0) == 0);
}

TEST_CASE("Sent frames are counted likewise") {
  CountingRig rig;
  for (const std::size_t bytes : {60U, 200U, 1514U}) rig.send(0, test_frame(bytes), kPlain);
  rig.send(0, padded(ethernet({.destination = "ff:ff:ff:ff:ff:ff"}, counting(40))), kPlain);
  CHECK(rig.read(kGptc) == 4);
  CHECK(rig.read(kTpt) == 4);
  CHECK(rig.read(kGotcl) == 60 + 200 + 1514 + 60 + 16);
  CHECK(rig.read(kGotch) == 0);
  CHECK(rig.read(0x40F4) == 1);  // BPTC
  constexpr std::uint32_t kBins[6] = {2, 0, 1, 0, 0, 1};
  for (std::uint32_t i = 0; i < 6; ++i) CHECK(rig.read(0x40D8 + 4 * i) == kBins[i]);
  CHECK(rig.read(kQptc0) == 4);
  CHECK(rig.read(kQptc0) == 0);
  CHECK(rig.read(kQbtcl0) == 60 + 200 + 1514 + 60);
}

TEST_CASE("Queues count where RQSMR and TQSM say") {
  CountingRig rig;
  rig.start_tx(5);
  rig.write(0x2300, 3);       // receive queue 0 counts in 3
  rig.write(0x8604, 7 << 8);  // transmit queue 5 counts in 7
  rig.receive(test_frame(60));
  rig.send(5, test_frame(60), kPlain);
  CHECK(rig.read(kQprc0) == 0);
  CHECK(rig.read(kQprc0 + 0x40 * 3) == 1);
  CHECK(rig.read(kQptc0 + 4 * 7) == 1);
  CHECK(rig.read(kQbtcl0 + 8 * 7) == 60);
}

TEST_CASE("G10 36-bit counters give their halves without losing what comes between") {
  CountingRig rig;
  REQUIRE(rig.faults->inject("counters 8589934591").has_value());  // 2^33 - 1
  CHECK(rig.read(kGorcl) == 0xFFFFFFFF);
  rig.receive(test_frame(60));
  CHECK(rig.read(kGorch) == 1);
  CHECK(rig.read(kGorcl) == 64);
  CHECK(rig.read(kGorch) == 0);
}

TEST_CASE("G10 counters stick at their maximum, and run over when told") {
  CountingRig rig;
  REQUIRE(rig.faults->inject("counters 4294967295").has_value());
  rig.receive(test_frame(60));
  CHECK(rig.read(kGprc) == 0xFFFFFFFF);
  REQUIRE(rig.faults->inject("counters 68719476735").has_value());  // 2^36 - 1
  rig.receive(test_frame(60));
  CHECK(rig.read(kGorcl) == 0xFFFFFFFF);
  CHECK(rig.read(kGorch) == 0xF);
  REQUIRE(rig.faults->inject("counters 68719476735 wrap").has_value());
  rig.receive(test_frame(60));
  CHECK(rig.read(kGprc) == 0);
  CHECK(rig.read(kGorcl) == 63);
  CHECK(rig.read(kGorch) == 0);
}

TEST_CASE("Wrong checksums are counted") {
  CountingRig rig;
  Bytes frame = udp_frame();
  frame.back() ^= 1;
  rig.receive(frame);
  CHECK(rig.read(0x4120) == 1);  // XEC
}

TEST_CASE("On mapped pages the queues' counts appear when a sweep begins") {
  CountingRig rig(true);
  rig.receive(test_frame(60));
  rig.send(0, test_frame(100), kPlain);
  CHECK(rig.read_mapped(kQprc0) == 0);
  rig.read(kCrcErrs);
  CHECK(rig.read_mapped(kQprc0) == 1);
  CHECK(rig.read_mapped(kQbrcl0) == 60);
  CHECK(rig.read_mapped(0x6030) == 1);  // QPTC
  rig.receive(test_frame(60));
  rig.receive(test_frame(60));
  CHECK(rig.read(kMpc0) == 0);  // in the same sweep: nothing is taken away
  CHECK(rig.read_mapped(kQprc0) == 1);
  rig.read(kCrcErrs);
  CHECK(rig.read_mapped(kQprc0) == 2);
  rig.read(kCrcErrs);
  CHECK(rig.read_mapped(kQprc0) == 0);
}

TEST_CASE("A driver that never reads CRCERRS begins its sweeps at MPC") {
  CountingRig rig(true);
  rig.receive(test_frame(60));
  rig.read(kMpc0);
  CHECK(rig.read_mapped(kQprc0) == 1);
}

TEST_CASE("A trapped read of a queue's counter is exact on mapped pages, too") {
  CountingRig rig(true);
  rig.receive(test_frame(60));
  rig.read(kCrcErrs);
  rig.receive(test_frame(60));
  CHECK(rig.read(kQprc0) == 2);
  CHECK(rig.read(kQprc0) == 0);
}

TEST_CASE("A software reset leaves the counters") {
  CountingRig rig;
  rig.receive(test_frame(60));
  rig.write(0x00000, 1U << 26);
  CHECK(rig.read(kGprc) == 1);
}
