#include "core/packet/packet_queue.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <numeric>

#include "core/base/dice.hpp"

using namespace ixyflow;

namespace {

std::vector<int> counting(int count, int first = 0) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

std::vector<int> taken(Fifo<int>& fifo, std::size_t most) {
  std::vector<int> items(most);
  items.resize(fifo.pop(items));
  return items;
}

}  // namespace

TEST_CASE("a packet queue without a place takes nothing and has nothing") {
  PacketQueue queue;
  CHECK(queue.capacity() == 0);
  CHECK(queue.empty());
  CHECK_FALSE(queue.push(nullptr));
  CHECK(queue.push(std::span<Packet* const>()) == 0);
  CHECK(queue.front() == nullptr);
  CHECK(queue.pop() == nullptr);
}

TEST_CASE("a queue holds exactly as many as its capacity says, and gives them out in their order") {
  Fifo<int> fifo(3);
  for (const int item : {1, 2, 3}) CHECK(fifo.push(item));
  CHECK_FALSE(fifo.push(4));
  CHECK(fifo.size() == 3);
  CHECK(fifo.room() == 0);
  CHECK(fifo.front() == 1);
  CHECK(fifo.pop() == 1);
  CHECK(fifo.push(4));
  CHECK(taken(fifo, 9) == std::vector{2, 3, 4});
  CHECK(fifo.front() == 0);
  CHECK(fifo.pop() == 0);
}

TEST_CASE("of a bulk that does not fit the first ones are taken") {
  Fifo<int> fifo(5);
  CHECK(fifo.push(counting(3)) == 3);
  CHECK(fifo.push(counting(3, 3)) == 2);
  CHECK(fifo.push(counting(1)) == 0);
  CHECK(taken(fifo, 2) == counting(2));
  CHECK(fifo.push(counting(4, 5)) == 2);
  CHECK(taken(fifo, 100) == counting(5, 2));
}

TEST_CASE("a queue does as a deque does, whatever its capacity and the sizes of its bulks") {
  const std::uint32_t capacity = GENERATE(1U, 2U, 3U, 7U, 64U, 100U);
  Fifo<int> fifo(capacity);
  std::deque<int> model;
  Dice dice(capacity);
  int next = 1;
  for (int i = 0; i < 5000; ++i) {
    const auto size = static_cast<int>(dice.next() % (capacity + 2));
    switch (dice.next() % 4) {
      case 0:
        if (fifo.push(next)) model.push_back(next++);
        break;
      case 1: {
        const std::uint32_t count = fifo.push(counting(size, next));
        for (std::uint32_t taken = 0; taken < count; ++taken) model.push_back(next++);
        break;
      }
      case 2:
        REQUIRE(fifo.pop() == (model.empty() ? 0 : model.front()));
        if (!model.empty()) model.pop_front();
        break;
      default: {
        const std::vector<int> items = taken(fifo, static_cast<std::size_t>(size));
        REQUIRE(items.size() == std::min<std::size_t>(model.size(), static_cast<std::size_t>(size)));
        REQUIRE(std::equal(items.begin(), items.end(), model.begin()));
        model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(items.size()));
      }
    }
    REQUIRE(fifo.size() == model.size());
    REQUIRE(fifo.room() == capacity - model.size());
    REQUIRE(fifo.front() == (model.empty() ? 0 : model.front()));
  }
  CHECK(next > 1000);
}
