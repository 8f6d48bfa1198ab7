#include "core/base/statistics/striped_counter.hpp"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

using namespace ixyflow;

TEST_CASE("a striped counter loses nothing of what more threads than it has stripes add at once") {
  StripedCounter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < 40; ++i)
    threads.emplace_back([&counter] {
      for (int n = 0; n < 1000; ++n) ++counter;
      counter.add(5);
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(counter.value() == 40 * 1005);
}
