#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "tests/drivers/port_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// The number that a generator writes at the start of the payload of a UDP packet.
std::uint64_t number_of(const Packet& packet) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | packet.data()[42 + i];
  return value;
}

/// Numbers of all packets of a queue, in order.
std::vector<std::uint64_t> drain(PortRig& rig, std::uint16_t queue) {
  std::vector<std::uint64_t> numbers;
  while (!rig.port->exhausted(queue)) {
    const auto packets = rig.receive(32, queue);
    if (packets.empty()) break;
    for (const Packet* packet : packets) numbers.push_back(number_of(*packet));
    rig.give_back(packets);
  }
  return numbers;
}

Value::Data number(std::int64_t value) {
  return value;
}

}  // namespace

TEST_CASE("queues of a null port share its count, to the packet") {
  PortRig rig("null", {{"count", number(10)}}, {.queues = 3});
  rig.must_open();
  std::vector<std::size_t> counts;
  for (std::uint16_t queue = 0; queue < 3; ++queue) {
    const auto packets = rig.receive(64, queue);
    counts.push_back(packets.size());
    CHECK(rig.port->exhausted(queue));
    CHECK(rig.port->tx(queue, packets) == packets.size());
  }
  CHECK(counts == std::vector<std::size_t>{4, 3, 3});
}

TEST_CASE("queues without a packet of a null port's count have nothing to give from the start") {
  PortRig rig("null", {{"count", number(2)}}, {.queues = 4});
  rig.must_open();
  CHECK_FALSE(rig.port->exhausted(1));
  CHECK(rig.port->exhausted(2));
  CHECK(rig.receive(8, 3).empty());
  rig.give_back(rig.receive(8, 0));
  rig.give_back(rig.receive(8, 1));
}

TEST_CASE("queues of a generator make together what one makes, each whole flows in their order") {
  const auto [flows, queues, count] = GENERATE(table<int, int, int>(
      {{7, 3, 100}, {1, 2, 50}, {64, 8, 1000}, {5, 5, 23}, {3, 8, 100}, {1000, 4, 300}}));
  PortRig rig("generator", {{"flows", number(flows)}, {"count", number(count)}},
              {.queues = static_cast<std::uint16_t>(queues)});
  rig.must_open();
  std::vector<std::uint64_t> all;
  for (std::uint16_t queue = 0; queue < queues; ++queue) {
    const auto numbers = drain(rig, queue);
    CHECK(std::ranges::is_sorted(numbers));
    const auto belongs_here = [&](std::uint64_t n) {
      return static_cast<int>(n % static_cast<std::uint64_t>(flows)) % queues == queue;
    };
    CHECK(std::ranges::all_of(numbers, belongs_here));
    all.insert(all.end(), numbers.begin(), numbers.end());
    CHECK(rig.port->exhausted(queue));
  }
  std::ranges::sort(all);
  REQUIRE(all.size() == static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < all.size(); ++i) REQUIRE(all[i] == i);
}

TEST_CASE("queues of an endless generator that have flows never end, the others have nothing") {
  PortRig rig("generator", {{"flows", number(2)}}, {.queues = 3});
  rig.must_open();
  for (std::uint16_t queue = 0; queue < 2; ++queue) {
    rig.give_back(rig.receive(200, queue));
    CHECK_FALSE(rig.port->exhausted(queue));
  }
  CHECK(rig.port->exhausted(2));
}

TEST_CASE("queues of a paced generator share its rate: packet n leaves n / rate after the first") {
  PortRig rig("generator",
              {{"flows", number(6)}, {"count", number(60)}, {"rate", Value::Data(std::string("1kpps"))}},
              {.queues = 4});
  rig.must_open();
  for (std::uint16_t queue = 0; queue < 4; ++queue) rig.give_back(rig.receive(1, queue));
  std::multiset<Nanoseconds> due;
  for (std::uint16_t queue = 0; queue < 4; ++queue) {
    while (!rig.port->exhausted(queue)) {
      const Nanoseconds next = rig.port->next_due(queue);
      rig.clock.advance_to(next);
      const auto packets = rig.receive(1, queue);
      for (const Packet* packet : packets) {
        CHECK(next == static_cast<Nanoseconds>(number_of(*packet)) * 1'000'000);
        due.insert(next);
      }
      rig.give_back(packets);
    }
  }
  // Packet 0 was due at once.
  CHECK(due.size() == 59);
  CHECK(*due.rbegin() == 59'000'000);
}
