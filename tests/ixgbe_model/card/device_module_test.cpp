#include <catch2/catch.hpp>
#include <optional>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test::card;

namespace {

constexpr std::uint32_t kI2cCtl = 0x28;
constexpr std::uint32_t kClockOut = 2, kDataIn = 4, kDataOut = 8;

/// A driver's two wires, bit by bit.
class Bus {
 public:
  explicit Bus(Rig& rig) : rig_(rig) {}

  void start() { lines(true, true), lines(true, false), lines(false, false); }
  void stop() { lines(false, false), lines(true, false), lines(true, true); }
  /// Whether somebody acknowledged.
  bool send(std::uint8_t byte) {
    for (int bit = 7; bit >= 0; --bit) clock((byte >> bit & 1) != 0);
    return !clock(true);
  }
  std::uint8_t take(bool more) {
    std::uint8_t byte = 0;
    for (int bit = 0; bit < 8; ++bit) byte = static_cast<std::uint8_t>(byte << 1 | (clock(true) ? 1 : 0));
    clock(!more);
    return byte;
  }

 private:
  void lines(bool clock, bool data) { rig_.write(kI2cCtl, (clock ? kClockOut : 0) | (data ? kDataOut : 0)); }
  bool clock(bool data) {
    lines(false, data);
    lines(true, data);
    const bool level = (rig_.read(kI2cCtl) & kDataIn) != 0;
    lines(false, data);
    return level;
  }

  Rig& rig_;
};

std::optional<std::uint8_t> read_byte(Bus& bus, std::uint8_t device, std::uint8_t at) {
  bus.start();
  if (!bus.send(device) || !bus.send(at)) return std::nullopt;
  bus.start();
  if (!bus.send(device | 1)) return std::nullopt;
  const std::uint8_t byte = bus.take(false);
  bus.stop();
  return byte;
}

}  // namespace

TEST_CASE("The SFP module says over I2C that it is 10GBASE-SR of a vendor that drivers take") {
  Rig rig;
  Bus bus(rig);
  CHECK(read_byte(bus, 0xA0, 0) == 0x03);   // SFP
  CHECK(read_byte(bus, 0xA0, 3) == 0x10);   // 10GBASE-SR
  CHECK(read_byte(bus, 0xA0, 6) == 0x00);   // no 1000BASE-X
  CHECK(read_byte(bus, 0xA0, 8) == 0x00);   // no cable
  CHECK(read_byte(bus, 0xA0, 37) == 0x00);  // Intel's OUI
  CHECK(read_byte(bus, 0xA0, 38) == 0x1B);
  CHECK(read_byte(bus, 0xA0, 39) == 0x21);
}

TEST_CASE("The SFP module's sums are right, read in one go") {
  Rig rig;
  Bus bus(rig);
  bus.start();
  REQUIRE(bus.send(0xA0));
  REQUIRE(bus.send(0));
  bus.start();
  REQUIRE(bus.send(0xA1));
  std::uint8_t sum = 0;
  for (int i = 0; i < 63; ++i) sum = static_cast<std::uint8_t>(sum + bus.take(true));
  CHECK(bus.take(false) == sum);
  bus.stop();
}

TEST_CASE("Nobody answers at another I2C address") {
  Rig rig;
  Bus bus(rig);
  CHECK_FALSE(read_byte(bus, 0xA2, 0).has_value());
  CHECK(read_byte(bus, 0xA0, 0) == 0x03);
}

TEST_CASE("The cage is shown as full, and a dark laser ends the link") {
  Rig rig;
  rig.bring_up();
  CHECK((rig.read(0x20) & 4) != 0);
  CHECK(rig.wire.own_light);
  rig.set(0x20, 8);  // SDP3
  rig.run(1'000'000);
  CHECK_FALSE(rig.wire.own_light);
  CHECK((rig.read(0x042A4) & 1U << 30) == 0);
  rig.clear(0x20, 8);
  rig.run(30'000'000);
  CHECK((rig.read(0x042A4) & 1U << 30) != 0);
}

TEST_CASE("There is no PHY on the MDIO bus") {
  Rig rig;
  rig.write(0x0425C, 1U << 30 | 1);
  CHECK((rig.read(0x0425C) & 1U << 30) == 0);
  CHECK(rig.read(0x04260) >> 16 == 0xFFFF);
}
