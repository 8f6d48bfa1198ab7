#include "core/base/round_up.hpp"

#include <catch2/catch.hpp>
#include <cstdint>

using ixyflow::round_up;

TEST_CASE("a size is rounded up to a multiple of its unit, which need not be a power of two") {
  CHECK(round_up(0U, 64) == 0);
  CHECK(round_up(1U, 64) == 64);
  CHECK(round_up(64U, 64) == 64);
  CHECK(round_up(65U, 64) == 128);
  CHECK(round_up(std::uint64_t{100}, 35) == 105);
}
