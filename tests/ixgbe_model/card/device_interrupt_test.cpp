#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

using Kind = ixyflow::model::Interrupts::Kind;

constexpr std::uint32_t kEicr = 0x800, kEics = 0x808, kEiac = 0x810, kEitr0 = 0x820, kEims = 0x880,
                        kEimc = 0x888;
constexpr std::uint32_t kEiam = 0x890, kGpie = 0x898, kIvar0 = 0x900, kIvarMisc = 0xA00, kEimsEx = 0xAA0,
                        kEimcEx = 0xAB0;
constexpr std::uint32_t kEicsEx = 0xA90, kEiamEx = 0xAD0;
constexpr std::uint32_t kLinkChange = 1U << 20, kMultipleMsix = 1U << 4, kEiame = 1U << 30;

/// Queue 0 receives on vector 3 and sends on vector 5, all else is vector 7.
class InterruptRig : public Rig {
 public:
  explicit InterruptRig(Kind kind = Kind::msix) {
    interrupts.set_up = kind;
    bring_up();
    start_rx(0);
    start_tx(0);
    read(kEicr);
    if (kind == Kind::msix) write(kGpie, kMultipleMsix);
    write(kIvar0, 0x83 | 0x85 << 8);
    write(kIvarMisc, 0x87 << 8);
  }
};

}  // namespace

TEST_CASE("Receiving and sending signal the vectors of IVAR") {
  InterruptRig rig;
  rig.write(kEiac, 0xFFFF);
  rig.write(kEimsEx, 1U << 3 | 1U << 5);
  rig.receive(test_frame(60));
  CHECK(rig.interrupts.raised[3] == 1);
  CHECK(rig.interrupts.raised[5] == 0);
  rig.send(0, test_frame(60), kPlain);
  CHECK(rig.interrupts.raised[5] == 1);
  rig.poll();
  CHECK(rig.interrupts.raised[3] == 1);
}

TEST_CASE("A masked cause waits for its mask") {
  InterruptRig rig;
  rig.receive(test_frame(60));
  CHECK(rig.interrupts.raised[3] == 0);
  CHECK((rig.read(kEics) & 0xFFFF) == 1U << 3);  // shown, not cleared
  rig.write(kEims, 1U << 3);
  rig.poll();
  CHECK(rig.interrupts.raised[3] == 1);
  rig.write(kEimc, 1U << 3);
  CHECK((rig.read(kEims) & 1U << 3) == 0);
}

TEST_CASE("EIAC clears the cause with the message, without it the cause stays until it is read") {
  InterruptRig rig;
  rig.write(kEimsEx, 1U << 3 | 1U << 5);
  rig.write(kEiac, 1U << 3);
  rig.receive(test_frame(60));
  rig.send(0, test_frame(60), kPlain);
  CHECK((rig.read(kEicr) & 0xFFFF) == 1U << 5);
  CHECK((rig.read(kEicr) & 0xFFFF) == 0);
}

TEST_CASE("With EIAME a vector masks itself") {
  InterruptRig rig;
  rig.write(kGpie, kMultipleMsix | kEiame);
  rig.write(kEiamEx, ~0U);
  rig.write(kEiac, 0xFFFF);
  rig.write(kEimsEx, 1U << 3);
  rig.receive(test_frame(60));
  CHECK(rig.interrupts.raised[3] == 1);
  CHECK((rig.read(kEimsEx) & 1U << 3) == 0);
  rig.receive(test_frame(60));
  CHECK(rig.interrupts.raised[3] == 1);
  rig.write(kEimsEx, 1U << 3);
  rig.poll();
  CHECK(rig.interrupts.raised[3] == 2);
}

TEST_CASE("EITR spaces interrupts") {
  InterruptRig rig;
  rig.write(kEiac, 0xFFFF);
  rig.write(kEitr0 + 4 * 3, 50 << 3);  // 50 * 2.048 us
  rig.write(kEimsEx, 1U << 3);
  for (int i = 0; i < 20; ++i) rig.receive(test_frame(60));  // 20 us
  CHECK(rig.interrupts.raised[3] == 1);
  rig.run(100'000, 1'000);
  CHECK(rig.interrupts.raised[3] == 2);
}

TEST_CASE("Vectors above 15 and above 31 work through the extended registers") {
  InterruptRig rig;
  rig.write(kIvar0, 0x80 | 40);
  rig.write(kEimsEx + 4, 1U << (40 - 32));
  rig.receive(test_frame(60));
  CHECK(rig.interrupts.raised[40] == 1);
  rig.write(kEimcEx + 4, ~0U);
  rig.receive(test_frame(60));
  CHECK(rig.interrupts.raised[40] == 1);
}

TEST_CASE("A link change goes to the vector of IVAR_MISC, and clears by writing 1") {
  InterruptRig rig;
  rig.write(kEims, kLinkChange);
  rig.wire.light = false;
  rig.poll();
  CHECK(rig.interrupts.raised[7] == 1);
  CHECK((rig.read(kEics) & kLinkChange) != 0);
  rig.write(kEicr, kLinkChange);
  CHECK((rig.read(kEics) & kLinkChange) == 0);
  rig.wire.light = true;
  rig.run(50'000'000);
  CHECK(rig.interrupts.raised[7] == 2);
}

TEST_CASE("EICS signals what the driver asks for") {
  InterruptRig rig;
  rig.write(kEimsEx, 1U << 3);
  rig.write(kEicsEx, 1U << 3 | 1U << 4);
  rig.poll();
  CHECK(rig.interrupts.raised[3] == 1);
  CHECK(rig.interrupts.raised[4] == 0);
}

TEST_CASE("One vector is for all with MSI and INTx, and reading EICR masks by EIAM") {
  for (const Kind kind : {Kind::msi, Kind::intx}) {
    InterruptRig rig(kind);
    rig.write(kEiam, 1U << 3);
    rig.write(kEims, 1U << 3 | kLinkChange);
    rig.receive(test_frame(60));
    CHECK(rig.interrupts.raised[0] == 1);
    CHECK((rig.read(kEicr) & 0xFFFF) == 1U << 3);
    CHECK((rig.read(kEims) & 1U << 3) == 0);
    CHECK((rig.read(kEims) & kLinkChange) != 0);
    rig.receive(test_frame(60));
    CHECK(rig.interrupts.raised[0] == 1);
  }
}

TEST_CASE("INTx is raised again while something is pending") {
  InterruptRig rig(Kind::intx);
  rig.write(kEims, 1U << 3);
  rig.receive(test_frame(60));
  CHECK(rig.interrupts.raised[0] == 1);
  rig.device->intx_unmasked();
  rig.poll();
  CHECK(rig.interrupts.raised[0] == 2);
  rig.read(kEicr);
  rig.device->intx_unmasked();
  rig.poll();
  CHECK(rig.interrupts.raised[0] == 2);
}

TEST_CASE("With GPIE.OCD a read of EICR leaves the queues' causes") {
  InterruptRig rig;
  rig.write(kGpie, kMultipleMsix | 1U << 5);
  rig.receive(test_frame(60));
  CHECK((rig.read(kEicr) & 0xFFFF) == 1U << 3);
  CHECK((rig.read(kEicr) & 0xFFFF) == 1U << 3);
  rig.write(kEicr, 1U << 3);
  CHECK((rig.read(kEicr) & 0xFFFF) == 0);
}

TEST_CASE("A cause without a valid IVAR is nobody's") {
  InterruptRig rig;
  rig.write(kIvar0, 0x03);
  rig.write(kEimsEx, ~0U);
  rig.receive(test_frame(60));
  CHECK(rig.read(kEicr) == 0);
}

TEST_CASE("A reset forgets masks and causes") {
  InterruptRig rig;
  rig.write(kEims, 1U << 3);
  rig.receive(test_frame(60));
  rig.write(0x00000, 1U << 26);
  CHECK(rig.read(kEims) == 0);
  CHECK((rig.read(kEics) & 0xFFFF) == 0);
}
