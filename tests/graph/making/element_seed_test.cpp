#include "core/graph/making/element_seed.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace ixyflow::test {

TEST_CASE("the seed of an element is the same on every machine and in every build") {
  CHECK(element_seed(0, "loss", 0) == 0xc0ad78a198785f37U);
  CHECK(element_seed(0, "loss", 1) == 0x786329ec8b44326cU);
  CHECK(element_seed(7, "loss", 0) == 0x37e87cf27004a503U);
  CHECK(element_seed(0, "RandomDrop@12", 0) == 0xe21ba423f10c25bcU);
}

TEST_CASE("elements, copies and seeds of a file have seeds that are not near each other") {
  // Two generators whose states are a small multiple of the step apart draw the same numbers, one later.
  constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15U;
  constexpr std::uint64_t kFew = 1000;
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t seed : {0U, 1U, 2U})
    for (const char* name : {"x", "y", "loss", "loss_2"})
      for (std::uint32_t copy = 0; copy < 4; ++copy) seeds.insert(element_seed(seed, name, copy));
  CHECK(seeds.size() == 3 * 4 * 4);
  for (const std::uint64_t one : seeds)
    for (std::uint64_t steps = 1; steps < kFew; ++steps) {
      if (seeds.contains(one + steps) || seeds.contains(one + steps * kStep)) FAIL(one << " + " << steps);
    }
}

}  // namespace ixyflow::test
