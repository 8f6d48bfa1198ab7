#include "core/base/seqlock.hpp"

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

using namespace ixyflow;

namespace {

/// As large as no atomic, and no multiple of a word.
struct Numbers {
  std::array<std::uint32_t, 33> all{};
};

}  // namespace

TEST_CASE("a sequence lock gives what was stored last, zeros at first") {
  Seqlock<Numbers> lock;
  CHECK(lock.load().value().all[32] == 0);
  Numbers numbers;
  numbers.all.fill(7);
  lock.store(numbers);
  CHECK(lock.load().value().all == numbers.all);
}

TEST_CASE("a reader of a sequence lock never sees halves of two values") {
  Seqlock<Numbers> lock;
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (std::uint32_t i = 1; i <= 20'000; ++i) {
      Numbers numbers;
      numbers.all.fill(i);
      lock.store(numbers);
    }
    done = true;
  });
  std::uint32_t last = 0;
  while (!done) {
    const auto read = lock.load();
    if (!read) continue;
    for (const std::uint32_t number : read->all)
      if (number != read->all[0]) FAIL("halves");
    if (read->all[0] < last) FAIL("older than what was read before");
    last = read->all[0];
  }
  writer.join();
  CHECK(lock.load().value().all[0] == 20'000);
}
