// Front ends that come and go, and what they agree upon.

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/virtio/device/vhost_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using drivers::vhost_user::Request;
namespace vu = drivers::vhost_user;
namespace feature = drivers::virtio::feature;

namespace {

std::size_t mappings() {
  std::ifstream maps("/proc/self/maps");
  return static_cast<std::size_t>(
      std::count(std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>(), '\n'));
}

}  // namespace

TEST_CASE("What is offered is what there is") {
  VhostRig rig({{"queues", std::int64_t{3}}});
  rig.must_open();
  Guest guest(rig);
  guest.send(Request::get_features);
  const auto features = guest.reply(Request::get_features);
  CHECK(features == (feature::kVersion1 | feature::kRingPacked | feature::kInOrder | feature::kAnyLayout |
                     feature::kIndirect | feature::kEventIndex | feature::kMrgRxbuf | feature::kCsum |
                     feature::kGuestCsum | feature::kMtu | feature::kMq | feature::kCtrlVq | 1ULL << 30));
  guest.send(Request::get_protocol_features);
  CHECK(guest.reply(Request::get_protocol_features) == (1U << 0 | 1U << 3 | 1U << 4 | 1U << 13 | 1U << 16));
  guest.send(Request::get_queue_num);
  CHECK(guest.reply(Request::get_queue_num) == 3);
}

TEST_CASE("RING_RESET is offered where it was asked for, because not every front end hands it on") {
  for (const bool wanted : {false, true}) {
    VhostRig rig({{"ring_reset", wanted}});
    rig.must_open();
    Guest guest(rig);
    guest.send(Request::get_features);
    CHECK(((guest.reply(Request::get_features).value_or(0) & feature::kRingReset) != 0) == wanted);
  }
}

TEST_CASE("A ring that a guest resets begins anew, longer than before, while the other goes on") {
  const bool packed = GENERATE(false, true);
  VhostRig rig({{"ring_reset", true}});
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed, .features = feature::kRingReset, .ring_size = 8});
  for (unsigned i = 0; i < 11; ++i) {
    guest.transmit(counting(60));
    CHECK(take(rig).size() == 1);
    CHECK(guest.send_ring().used());
  }
  REQUIRE(guest.ask(Request::get_vring_base, vu::RingNumber{1, 0}));
  guest.refill(4, 2048);
  CHECK(send(rig, {frame(100)}) == 1);
  CHECK(guest.received() == frame(100));

  guest.replace_ring(1, 32);
  rig.look(8);
  for (unsigned i = 0; i < 40; ++i) {
    guest.transmit(counting(61 + i));
    CHECK(take(rig) == std::vector<Bytes>{counting(61 + i)});
    CHECK(guest.send_ring().used());
  }
}

TEST_CASE("One pair of queues needs no MQ") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.send(Request::get_features);
  CHECK((guest.reply(Request::get_features).value_or(0) & (feature::kMq | feature::kCtrlVq)) == 0);
}

TEST_CASE("A word is given where one is asked for") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.send_value(Request::set_protocol_features, vu::bit(vu::protocol_feature::kReplyAck));
  guest.send(Request::set_owner, {}, {}, vu::kNeedReply);
  CHECK(guest.reply(Request::set_owner) == 0);
  guest.send(Request::set_owner);
  CHECK_FALSE(guest.reply(Request::set_owner));
  guest.send_value(Request::net_set_mtu, std::uint64_t{1500}, {}, vu::kNeedReply);
  CHECK(guest.reply(Request::net_set_mtu) == 0);
  guest.send_value(Request::net_set_mtu, std::uint64_t{9000}, {}, vu::kNeedReply);
  CHECK(guest.reply(Request::net_set_mtu) == 1);
  guest.send_value(Request::net_set_mtu, ~std::uint64_t{0}, {}, vu::kNeedReply);
  CHECK(guest.reply(Request::net_set_mtu) == 1);
  guest.send_value(Request::set_status, std::uint64_t{15}, {}, vu::kNeedReply);
  CHECK(guest.reply(Request::set_status) == 0);
  guest.send(Request::get_status);
  CHECK(guest.reply(Request::get_status) == 15);
}

TEST_CASE("A ring that is stopped goes on where it was") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed, .ring_size = 8});
  for (unsigned i = 0; i < 11; ++i) {
    guest.transmit(counting(60));
    CHECK(take(rig).size() == 1);
    CHECK(guest.send_ring().used());
  }
  const auto place = guest.ask(Request::get_vring_base, vu::RingNumber{1, 0});
  REQUIRE(place);
  // 11 of 8: descriptor 3, in a turn whose wrap counter is 0.
  CHECK(*place >> 32 == (packed ? 0x00030003U : 11U));
  guest.transmit(counting(61));
  rig.look();
  CHECK(take(rig).empty());
  CHECK(rig.events().find("stopped") == std::string::npos);
  guest.start_ring(1, static_cast<std::uint32_t>(*place >> 32));
  rig.look(8);
  CHECK(take(rig) == std::vector<Bytes>{counting(61)});
}

TEST_CASE("A guest that resets its device begins anew") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  guest.send_value(Request::set_status, std::uint64_t{15});
  CHECK(rig.port->ready());
  SECTION("by its status") {
    guest.send_value(Request::set_status, std::uint64_t{0});
  }
  SECTION("by message") {
    guest.send(Request::reset_device);
    guest.send(Request::get_status);
    CHECK(guest.reply(Request::get_status) == 0);
  }
  SECTION("by the message of old") {
    guest.send(Request::reset_owner);
  }
  rig.look(8);
  CHECK(rig.events().find("the front end has stopped its queues") != std::string::npos);
  CHECK_FALSE(rig.port->ready());
  guest.transmit(counting(60));
  CHECK(take(rig).empty());
  CHECK(rig.port->tx_room(0) == 0);
}

TEST_CASE("Memory can be exchanged while rings work") {
  const bool packed = GENERATE(false, true);
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin({.packed = packed});
  for (unsigned i = 0; i < 5; ++i) {
    guest.send_memory(guest.file);
    rig.look(8);
    guest.transmit(counting(60));
    CHECK(take(rig) == std::vector<Bytes>{counting(60)});
  }
}

TEST_CASE("A worker that is late keeps what it uses") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin();
  guest.transmit(counting(60));
  guest.transmit(counting(61));
  // The control thread looks and looks, but the worker does not come by.
  guest.send_memory(guest.file);
  for (unsigned i = 0; i < 10; ++i) rig.port->supervise([](EventKind, std::string_view) {});
  // It has been asked for its rings, and gives them back with its next call, without touching them.
  CHECK(take(rig).empty());
  rig.look(8);
  CHECK(take(rig).size() == 2);
}

TEST_CASE("Nothing is taken from a guest while nobody could give it an answer") {
  VhostRig rig;
  rig.must_open();
  rig.transmits = false;
  Guest guest(rig);
  guest.begin();
  guest.transmit(counting(60));
  rig.look();
  CHECK(take(rig).empty());
  rig.transmits = true;
  rig.look();
  CHECK(take(rig) == std::vector<Bytes>{counting(60)});
}

TEST_CASE("F17 front ends come and go, with other rings each time") {
  VhostRig rig;
  rig.must_open();
  const std::size_t descriptors = open_descriptors();
  const std::size_t maps = mappings();
  for (unsigned i = 0; i < 100; ++i) {
    Guest guest(rig);
    guest.begin({.packed = i % 2 == 1, .features = i % 3 == 0 ? feature::kMrgRxbuf : 0});
    guest.refill(4, 256);
    for (unsigned k = 0; k < 4; ++k) guest.transmit(counting(60 + k));
    // It dies in the middle of a burst: some frames are taken, some are not.
    CHECK(take(rig, i % 4 + 1).size() == i % 4 + 1);
    rig.send(counting(70));
    guest.hang_up();
    if (i % 2 == 0) rig.look(8);
  }
  rig.look(8);
  CHECK(rig.counter("front_ends") == 100);
  CHECK(take(rig).empty());
  CHECK(open_descriptors() == descriptors);
  CHECK(mappings() <= maps + 2);
  CHECK(rig.events().find("the front end is gone") != std::string::npos);
}

TEST_CASE("There is one front end at a time") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin();
  Guest second(rig);
  CHECK(second.turned_away());
  guest.transmit(counting(60));
  CHECK(take(rig).size() == 1);
  // Who comes at the moment when the one before dies is not turned away.
  Guest third(rig);
  rig.look(1);
  guest.hang_up();
  rig.look(4);
  third.begin();
  third.transmit(counting(61));
  CHECK(take(rig) == std::vector<Bytes>{counting(61)});
}

TEST_CASE("Without a front end it is said once where one is waited for") {
  VhostRig rig;
  rig.must_open();
  rig.look(10);
  CHECK(rig.said == std::vector<std::string>{"waits for a front end to come to '" + rig.path + "'"});
}

TEST_CASE("A front end that is there at once needs no word about waiting") {
  VhostRig rig;
  rig.must_open();
  Guest guest(rig);
  guest.begin();
  CHECK(rig.events().find("waits") == std::string::npos);
}

TEST_CASE("E10 a port is opened and closed many times, and nothing is left") {
  const std::size_t descriptors = open_descriptors();
  const std::size_t maps = mappings();
  for (unsigned i = 0; i < 1000; ++i) {
    VhostRig rig;
    rig.must_open();
    if (i % 50 != 0) continue;
    Guest guest(rig);
    guest.begin();
    guest.transmit(counting(60));
    CHECK(take(rig).size() == 1);
    CHECK(rig.close());
  }
  CHECK(open_descriptors() == descriptors);
  CHECK(mappings() <= maps + 8);
}
