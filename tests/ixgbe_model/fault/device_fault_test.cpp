#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"
#include "tools/ixgbe-model/card/receive/late_writes.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint32_t kLinks = 0x42A4, kUp = 1U << 30, kEnable = 1U << 25;

class FaultRig : public Rig {
 public:
  FaultRig() {
    bring_up();
    start_rx(0);
    start_tx(0);
  }
  void inject(std::string_view fault) {
    const auto injected = faults->inject(fault);
    INFO((injected ? std::string() : injected.error().text));
    REQUIRE(injected.has_value());
  }
  std::uint64_t length(std::uint32_t index) { return rx(0, index).high >> 32 & 0xFFFF; }
  bool link() { return (read(kLinks) & kUp) != 0; }
};

std::string complaint(Rig& rig, std::string_view fault) {
  const auto injected = rig.faults->inject(fault);
  return injected ? "" : injected.error().text;
}

}  // namespace

TEST_CASE("Unknown faults and wrong words are refused with what is allowed") {
  Rig rig;
  CHECK_THAT(complaint(rig, "tx-hnag on"), Catch::Contains("did you mean 'tx-hang'"));
  CHECK_THAT(complaint(rig, "tx-hang maybe"), Catch::Contains("maybe") && Catch::Contains("tx-hang on|off"));
  CHECK_THAT(complaint(rig, "rx-length 70000 once"), Catch::Contains("65535"));
  CHECK_THAT(complaint(rig, "rx-length"), Catch::Contains("rx-length BYTES COUNT"));
  CHECK_THAT(complaint(rig, "rx-error ce,xy once"), Catch::Contains("xy"));
  for (const char* const fault : {"", "link", "link sideways", "link flap 3", "gone sometimes", "eeprom",
                                  "counters x", "interrupts loud", "pause", "link flap 3 0"})
    CHECK_FALSE(complaint(rig, fault).empty());
}

TEST_CASE("The help names every fault with its line of the catalogue") {
  const std::string help(ixyflow::model::Faults::help());
  for (const char* const line :
       {"G1 ", "G2 ", "G3 ", "G4 ", "G5 ", "G6 ", "G7 ", "G8 ", "G10 ", "G11 ", "G13 "})
    CHECK_THAT(help, Catch::Contains(line));
}

TEST_CASE("G2 what never finishes never finishes") {
  FaultRig rig;
  for (const char* const fault : {"reset-stuck on", "autoread-stuck on", "dma-init-stuck on",
                                  "rx-enable-stuck on", "tx-enable-stuck on"})
    rig.inject(fault);
  rig.write(0x0000, 1U << 26);
  rig.write(0x1028, kEnable);
  rig.write(0x6028, kEnable);
  rig.run(1'000'000'000, 10'000'000);
  CHECK((rig.read(0x0000) & 1U << 26) != 0);
  CHECK((rig.read(0x10010) & 1U << 9) == 0);
  CHECK((rig.read(0x2F00) & 1U << 3) == 0);
  CHECK((rig.read(0x1028) & kEnable) == 0);
  CHECK((rig.read(0x6028) & kEnable) == 0);
  rig.inject("reset-stuck off");
  CHECK((rig.read(0x0000) & 1U << 26) == 0);
}

TEST_CASE("G3 a card that is gone reads all ones, also on mapped pages, and comes back as new") {
  Rig rig({.map_queues = true});
  rig.bring_up();
  REQUIRE(rig.faults->inject("gone once").has_value());
  CHECK(rig.read(0x0008) == 0xFFFFFFFF);
  CHECK(rig.read(0x0008) != 0xFFFFFFFF);
  REQUIRE(rig.faults->inject("gone after 2").has_value());
  rig.read(0x0008);
  CHECK(rig.read(0x0008) != 0xFFFFFFFF);
  CHECK(rig.read(0x0008) == 0xFFFFFFFF);
  rig.poll();
  CHECK(rig.read_mapped(0x1010) == 0xFFFFFFFF);
  CHECK(rig.read_mapped(0x7FFC) == 0xFFFFFFFF);
  rig.write(0x5080, 0x700);
  REQUIRE(rig.faults->inject("gone off").has_value());
  CHECK(rig.read(0x5080) == 0);
  CHECK(rig.read_mapped(0x1010) == 0);
}

TEST_CASE("G4 the link goes down, flaps, and is shown where there is none") {
  FaultRig rig;
  rig.inject("link down");
  rig.poll();
  CHECK_FALSE(rig.link());
  rig.inject("link false-up 5");
  CHECK(rig.link());
  rig.run(4'000'000, 100'000);
  CHECK(rig.link());
  rig.run(2'000'000, 100'000);
  CHECK_FALSE(rig.link());
  rig.inject("link up");
  rig.run(50'000'000);
  CHECK(rig.link());
  const std::uint64_t before = rig.status("link_changes");
  rig.inject("link flap 10 100");
  rig.run(200'000'000);
  CHECK(rig.status("link_changes") == before + 20);
  CHECK(rig.link());
}

TEST_CASE("G5 a hang keeps the head, a pause is none") {
  FaultRig rig;
  rig.inject("tx-hang on");
  rig.send(0, test_frame(60), kPlain);
  rig.run(1'000'000);
  CHECK(rig.read(0x6010) == 0);
  rig.inject("tx-hang off");
  rig.poll();
  CHECK(rig.read(0x6010) == 1);
  rig.write(0x4294, 1U << 3);
  rig.inject("pause 20");
  rig.poll();
  rig.send(0, test_frame(60), kPlain);
  rig.run(15'000'000);
  CHECK(rig.read(0x6010) == 1);
  CHECK(rig.read(0x41A8) > 10);
  rig.run(10'000'000);
  CHECK(rig.read(0x6010) == 2);
}

TEST_CASE("G6 descriptors lie about their length and have no end") {
  FaultRig rig;
  rig.inject("rx-length 0 once");
  rig.receive(test_frame(60));
  CHECK(rig.length(0) == 0);
  rig.inject("rx-length 9000 2");
  for (int i = 0; i < 3; ++i) rig.receive(test_frame(60));
  CHECK(rig.length(1) == 9000);
  CHECK(rig.length(2) == 9000);
  CHECK(rig.length(3) == 60);
  rig.inject("rx-no-eop on");
  rig.receive(test_frame(60));
  CHECK((rig.rx(0, 4).high & 3) == 1);
  rig.inject("rx-no-eop off");
  rig.receive(test_frame(60));
  CHECK((rig.rx(0, 5).high & 3) == 3);
}

TEST_CASE("G7 error bits are set one by one") {
  FaultRig rig;
  constexpr std::pair<const char*, std::uint64_t> kErrors[] = {{"ce", 1U << 24},
                                                               {"le", 1U << 25},
                                                               {"pe", 1U << 27},
                                                               {"ose", 1U << 28},
                                                               {"use", 1U << 29},
                                                               {"l4e", 1U << 30 | 1U << 5},
                                                               {"ipe", 1U << 31 | 1U << 6},
                                                               {"ce,le", 3U << 24}};
  std::uint32_t index = 0;
  for (const auto& [name, bits] : kErrors) {
    rig.inject("rx-error " + std::string(name) + " once");
    rig.receive(test_frame(60));
    CHECK((rig.rx(0, index++).high & 0xFFFFFFFC) == bits);
  }
  rig.start_rx(1, 2);  // legacy descriptors
  rig.write(0x5128, 1U << 31 | 0x88B5);
  rig.write(0xEC00, 1U << 31 | 1U << 16);
  rig.inject("rx-error ce,ipe once");
  rig.receive(test_frame(60));
  CHECK((rig.rx(1, 0).high >> 32 & 0xFFFF) == (0x8100 | 1U << 6 | 3));
}

TEST_CASE("G7 UDP without a checksum is reported as wrong") {
  FaultRig rig;
  rig.inject("rx-zero-udp on");
  rig.receive(ethernet({}, ipv4({.transport_checksum = false}, udp({}, counting(30)))));
  CHECK((rig.rx(0, 0).high >> 30 & 1) == 1);
  rig.receive(udp_frame());
  CHECK((rig.rx(0, 1).high >> 30 & 1) == 0);
}

TEST_CASE("G8 a later descriptor is done first, a consumed one again, heads run ahead") {
  FaultRig rig;
  rig.inject("rx-reorder once");
  rig.wire.incoming = {test_frame(60), test_frame(61)};
  rig.poll();
  CHECK(rig.rx(0, 0).high == 0);
  CHECK(rig.length(1) == 61);
  rig.run(2'000'000, 100'000);
  CHECK(rig.length(0) == 60);
  rig.inject("rx-repeat once");
  rig.receive(test_frame(62));
  rig.store(Rig::rx_ring(0) + 16 * 2, {Rig::rx_buffer(0, 2), 0});
  rig.run(2'000'000, 100'000);
  CHECK(rig.length(2) == 62);
  rig.inject("tdh-ahead on");
  rig.send(0, test_frame(60), kPlain);
  CHECK(rig.read(0x6010) == 9);
  rig.inject("tdh-ahead off");
  CHECK(rig.read(0x6010) == 1);
  const std::uint64_t head = FakeMemory::kBase + 0x80000;
  rig.write(0x603C, static_cast<std::uint32_t>(head >> 32));
  rig.write(0x6038, static_cast<std::uint32_t>(head) | 1);
  rig.inject("head-nonsense on");
  rig.send(0, test_frame(60), kPlain);
  CHECK((rig.load(head).low & 0xFFFFFFFF) == 0xFFFFFFF0);
}

TEST_CASE("G11 a disabled queue is written 100 ms later") {
  FaultRig rig;
  rig.inject("late-write on");
  rig.clear(0x1028, kEnable);
  rig.run(90'000'000);
  CHECK(rig.rx(0, 0).high == 0);
  rig.run(20'000'000);
  CHECK((rig.rx(0, 0).high & 3) == 3);
  CHECK(rig.bytes(Rig::rx_buffer(0, 0), 4) == from_hex("5a5a5a5a"));
}

TEST_CASE("G13 interrupts never come, or all the time") {
  FaultRig rig;
  rig.write(0x898, 1U << 4);
  rig.write(0x900, 0x83);
  rig.write(0xAA0, 1U << 3);
  rig.inject("interrupts silent");
  rig.receive(test_frame(60));
  CHECK(rig.interrupts.raised[3] == 0);
  rig.inject("interrupts storm");
  rig.run(100'000, 1'000);
  CHECK(rig.interrupts.raised[3] == 100);
  rig.inject("interrupts normal");
  rig.run(100'000, 1'000);
  CHECK(rig.interrupts.raised[3] == 100);
}
