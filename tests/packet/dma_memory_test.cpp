#include "core/packet/dma_memory.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

using namespace ixyflow;

namespace {

std::size_t free_huge_pages() {
  std::size_t pages = 0;
  std::ifstream("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages") >> pages;
  return pages;
}

}  // namespace

TEST_CASE("memory is cut into pieces that start on cache lines and do not overlap") {
  auto memory = DmaMemory::allocate(10000, Pages::small, -1);
  REQUIRE(memory);
  const auto first = memory->take(100);
  const auto second = memory->take(100);
  REQUIRE(first.size() == 100);
  REQUIRE(second.size() == 100);
  CHECK(reinterpret_cast<std::uintptr_t>(second.data()) % 64 == 0);
  CHECK(second.data() >= first.data() + 100);
}

TEST_CASE("memory that is used up gives nothing more") {
  auto memory = DmaMemory::allocate(4096, Pages::small, -1);
  REQUIRE(memory);
  CHECK(memory->take(4096).size() == 4096);
  CHECK(memory->take(1).empty());
}

TEST_CASE("no memory at all is fine for those who need none") {
  auto memory = DmaMemory::allocate(0, Pages::huge, -1);
  REQUIRE(memory);
  CHECK(memory->all().empty());
}

TEST_CASE("H1: too few huge pages are refused with the command that fixes it, where they are needed") {
  const std::size_t more_than_there_are = (free_huge_pages() + 1000) * kHugePage;
  const auto memory = DmaMemory::allocate(more_than_there_are, Pages::huge, -1);
  REQUIRE_FALSE(memory);
  CHECK(memory.error().code == ExitCode::configuration);
  CHECK_THAT(memory.error().text, Catch::Contains("huge pages of 2 MiB are needed"));
  CHECK_THAT(memory.error().text, Catch::Contains("nr_hugepages"));
}

TEST_CASE("H1: without huge pages small ones do, where that is allowed") {
  const auto memory = DmaMemory::allocate(3 * kHugePage, Pages::huge_or_small, -1);
  REQUIRE(memory);
  CHECK(memory->all().size() >= 3 * kHugePage);
  // Every page is there: writing to all of it must not fail.
  std::fill(memory->all().begin(), memory->all().end(), std::byte{1});
  CHECK(memory->all().back() == std::byte{1});
}

TEST_CASE("H5: memory that the machine does not have is an error and not a crash") {
  const auto memory = DmaMemory::allocate(std::size_t{1} << 50, Pages::small, -1);
  REQUIRE_FALSE(memory);
  CHECK_THAT(memory.error().text, Catch::Contains("no packet memory"));
}
