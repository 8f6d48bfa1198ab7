#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint32_t kTsyncRxCtl = 0x5188, kRxStampLow = 0x51E8, kRxStampHigh = 0x51A4, kRxMtrl = 0x5120;
constexpr std::uint32_t kTsyncTxCtl = 0x8C00, kTxStampLow = 0x8C04, kTxStampHigh = 0x8C08, kEtqf = 0x5128;
constexpr std::uint32_t kLow = 0x8C0C, kHigh = 0x8C10, kRate = 0x8C14;
constexpr std::uint32_t kValid = 1, kStampEnable = 1U << 4, kEventsV2 = 5U << 1, kUdpV1 = 1U << 1;
constexpr std::uint64_t kStamped = 1U << 16;
// As drivers of the 82599 do it: nanoseconds in units of 2^-21, for each tick of 6.4 ns.
constexpr std::uint32_t kNanoseconds = 1U << 24 | 0x66666666U >> 7;

/// A message of PTP whose type is `type`; of version 1, which message it is stands at 32.
Bytes message(std::uint8_t type, std::uint8_t control = 0) {
  Bytes bytes(std::vector<std::uint8_t>(44, 0));
  bytes[0] = type;
  bytes[32] = control;
  return bytes;
}
Bytes over_ethernet(std::uint8_t type) {
  return padded(ethernet({.type = 0x88F7}, message(type)));
}
Bytes over_udp(std::uint8_t type, std::uint16_t port = 319, std::uint8_t control = 0) {
  return ethernet({.type = 0x0800}, ipv4({}, udp({.destination = port}, message(type, control))));
}

class PtpRig : public Rig {
 public:
  PtpRig() {
    bring_up();
    start_rx(0);
    start_tx(0);
    write(kRate, kNanoseconds);
    write(kEtqf, 0x88F7 | 1U << 30 | 1U << 31);
    write(kRxMtrl, 319U << 16);
    write(kTsyncRxCtl, kStampEnable | kEventsV2);
  }
  bool is_stamped(const Bytes& frame) {
    receive(frame);
    return (rx(0, next_++).high & kStamped) != 0;
  }
  std::uint64_t take(std::uint32_t low, std::uint32_t high) {
    const std::uint64_t first = read(low);
    return first | std::uint64_t{read(high)} << 32;
  }

 private:
  std::uint32_t next_ = 0;
};

}  // namespace

TEST_CASE("Messages of PTP that are events are stamped, one at a time, and no other frame is") {
  PtpRig rig;
  CHECK_FALSE(rig.is_stamped(over_udp(0, 320)));
  CHECK_FALSE(rig.is_stamped(over_ethernet(11)));  // Announce
  CHECK_FALSE(rig.is_stamped(tcp_frame()));
  CHECK((rig.read(kTsyncRxCtl) & kValid) == 0);
  CHECK(rig.is_stamped(over_ethernet(0)));
  CHECK((rig.read(kTsyncRxCtl) & kValid) != 0);
  CHECK_FALSE(rig.is_stamped(over_udp(1)));  // the place is taken
  const std::uint64_t stamp = rig.take(kRxStampLow, kRxStampHigh);
  CHECK(stamp > 0);
  CHECK(stamp <= rig.take(kLow, kHigh));
  CHECK((rig.read(kTsyncRxCtl) & kValid) == 0);
  CHECK(rig.is_stamped(over_udp(1)));
  CHECK(rig.take(kRxStampLow, kRxStampHigh) > stamp);
}

TEST_CASE("Of version 1 the message that RXMTRL names is stamped") {
  PtpRig rig;
  rig.write(kTsyncRxCtl, kStampEnable | kUdpV1);
  rig.write(kRxMtrl, 319U << 16 | 1);  // Delay_Req
  CHECK_FALSE(rig.is_stamped(over_udp(1, 319, 0)));
  CHECK(rig.is_stamped(over_udp(1, 319, 1)));
}

TEST_CASE("Without being asked nobody stamps") {
  PtpRig rig;
  rig.write(kTsyncRxCtl, kEventsV2);
  CHECK_FALSE(rig.is_stamped(over_ethernet(0)));
}

TEST_CASE("A frame that is sent is stamped if its descriptor and TSYNCTXCTL say so") {
  constexpr std::uint64_t kFrame = std::uint64_t{1} << 24 | std::uint64_t{1} << 25 | std::uint64_t{1} << 29 |
                                   std::uint64_t{3} << 20 | std::uint64_t{60} << 46;
  constexpr std::uint64_t kAsked = std::uint64_t{1} << 19;
  PtpRig rig;
  rig.send(0, over_ethernet(0), kFrame | kAsked);
  CHECK((rig.read(kTsyncTxCtl) & kValid) == 0);
  rig.write(kTsyncTxCtl, kStampEnable);
  rig.send(0, over_ethernet(0), kFrame);
  CHECK((rig.read(kTsyncTxCtl) & kValid) == 0);
  rig.send(0, over_ethernet(0), kFrame | kAsked);
  CHECK((rig.read(kTsyncTxCtl) & kValid) != 0);
  CHECK(rig.take(kTxStampLow, kTxStampHigh) > 0);
  CHECK((rig.read(kTsyncTxCtl) & kValid) == 0);
  CHECK(rig.wire.sent.size() == 3);
}

TEST_CASE("The clock of IEEE 1588 goes as fast as TIMINCA says, and can be set") {
  Rig rig;
  rig.bring_up();
  const auto time = [&] {
    const std::uint64_t low = rig.read(kLow);
    return low | std::uint64_t{rig.read(kHigh)} << 32;
  };
  CHECK(time() == 0);
  rig.write(kRate, kNanoseconds);
  const std::uint64_t before = time();
  rig.run(1'000'000'000);
  CHECK(std::llabs(static_cast<long long>((time() - before) >> 21) - 1'000'000'000) < 100);
  rig.write(kLow, 5);
  rig.write(kHigh, 7);
  CHECK(time() == (std::uint64_t{7} << 32 | 5));
}
