#include "core/runtime/engine/ring.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

using namespace ixyflow;

namespace {

/// A ring moves pointers and never looks behind them: any distinct addresses will do.
Packet* token(std::uintptr_t number) {
  return reinterpret_cast<Packet*>((number + 1) * kCacheLine);
}
std::uintptr_t number_of(const Packet* packet) {
  return reinterpret_cast<std::uintptr_t>(packet) / kCacheLine - 1;
}

std::vector<Packet*> tokens(std::uintptr_t first, std::size_t count) {
  std::vector<Packet*> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(token(first + i));
  return result;
}

}  // namespace

TEST_CASE("J1: a ring whose consumer stands still takes what fits and keeps the order") {
  Ring ring(100, FullPolicy::drop);
  CHECK(ring.push(tokens(0, 64)) == 64);
  CHECK(ring.push(tokens(64, 64)) == 36);
  CHECK(ring.push(tokens(100, 64)) == 0);
  std::array<Packet*, 256> out{};
  REQUIRE(ring.pop(out) == 100);
  for (std::uintptr_t i = 0; i < 100; ++i) CHECK(number_of(out[i]) == i);
}

TEST_CASE("J2: order and counts survive many times round the ring, at every length") {
  // boost::lockfree::spsc_queue keeps its indices below the length: there are no large values to preset, and
  // the wrap comes every few calls.
  for (const std::uint32_t length : {1U, 2U, 3U, 7U, 64U, 255U}) {
    Ring ring(length, FullPolicy::wait);
    std::uintptr_t pushed = 0;
    std::uintptr_t popped = 0;
    std::array<Packet*, 256> out{};
    for (std::uint32_t step = 0; step < 5000; ++step) {
      pushed += ring.push(tokens(pushed, step % 5));
      const std::uint32_t count = ring.pop(std::span(out).first(step % 7));
      for (std::uint32_t i = 0; i < count; ++i) REQUIRE(number_of(out[i]) == popped + i);
      popped += count;
      REQUIRE(pushed - popped <= length);
    }
    CHECK(popped > 1000);
  }
}

TEST_CASE("J3: a ring of two, a burst of none and a burst larger than the ring give right counts") {
  Ring ring(2, FullPolicy::drop);
  std::array<Packet*, 4> out{};
  CHECK(ring.push({}) == 0);
  CHECK(ring.pop(out) == 0);
  CHECK(ring.push(tokens(0, 4)) == 2);
  CHECK(ring.room() == 0);
  CHECK(ring.pop({}) == 0);
  CHECK(ring.pop(out) == 2);
  CHECK(number_of(out[1]) == 1);
  CHECK(ring.room() == 2);
}

TEST_CASE(
    "J4: a producer that stops between two pushes leaves whole bursts to be taken, and nobody waiting") {
  Ring ring(64, FullPolicy::wait);
  std::array<Packet*, 64> out{};
  CHECK(ring.push(tokens(0, 10)) == 10);
  // It stands still here: what it pushed is there, nothing else is, and looking again costs no more than a
  // look.
  CHECK(ring.pop(out) == 10);
  for (int look = 0; look < 1000; ++look) CHECK(ring.pop(out) == 0);
  CHECK(ring.push(tokens(10, 5)) == 5);
  REQUIRE(ring.pop(out) == 5);
  CHECK(number_of(out[0]) == 10);
}

TEST_CASE("a ring knows how full its consumer found it, when it found packets at all") {
  Ring ring(100, FullPolicy::wait);
  std::array<Packet*, 20> out{};
  CHECK(ring.pop(out) == 0);
  ring.push(tokens(0, 30));
  CHECK(ring.pop(out) == 20);
  CHECK(ring.pop(out) == 10);
  CHECK(ring.pop(out) == 0);
  CHECK(ring.out.finds == 2);
  CHECK(ring.out.found == 40);
  CHECK(ring.out.peak == 30);
}

TEST_CASE("two threads see the same packets in the same order") {
  constexpr std::uintptr_t kPackets = 300'000;
  Ring ring(127, FullPolicy::wait);
  std::thread producer([&ring] {
    for (std::uintptr_t next = 0; next < kPackets;) {
      const std::size_t count = std::min<std::size_t>(1 + next % 64, kPackets - next);
      const std::uint32_t pushed = ring.push(tokens(next, count));
      if (pushed == 0) std::this_thread::yield();
      next += pushed;
    }
  });
  std::array<Packet*, 64> out{};
  std::uintptr_t expected = 0;
  std::uintptr_t wrong = 0;
  while (expected < kPackets) {
    const std::uint32_t count = ring.pop(out);
    if (count == 0) std::this_thread::yield();
    for (std::uint32_t i = 0; i < count; ++i) wrong += number_of(out[i]) != expected++;
  }
  producer.join();
  CHECK(wrong == 0);
  CHECK(ring.out.taken == kPackets);
}
