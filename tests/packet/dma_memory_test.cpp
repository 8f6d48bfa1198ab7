#include "core/packet/dma_memory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "core/os/vanishing_memory.hpp"

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

TEST_CASE("F21: who has the file of packet memory cannot make it shorter or longer, or seal it") {
  const auto memory = DmaMemory::allocate(8192, Pages::huge_or_small, -1);
  REQUIRE(memory);
  const int fd = memory->file_descriptor();
  const auto size = static_cast<off_t>(memory->all().size());
  CHECK(::ftruncate(fd, 0) != 0);
  CHECK(::ftruncate(fd, 2 * size) != 0);
  CHECK(::fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) != 0);
  struct stat status = {};
  REQUIRE(::fstat(fd, &status) == 0);
  CHECK(status.st_size == size);
}

TEST_CASE("F21: a hole in packet memory reads as zeros, and is no hole any more") {
  auto memory = DmaMemory::allocate(8192, Pages::small, -1);
  REQUIRE(memory);
  memory->share();
  memory->all()[5000] = std::byte{7};
  REQUIRE(::fallocate(memory->file_descriptor(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 8192) == 0);
  CHECK(memory->all()[5000] == std::byte{0});
  memory->all()[5000] = std::byte{8};
  CHECK(memory->all()[5000] == std::byte{8});
  CHECK_FALSE(memory->vanished());
}

TEST_CASE("F21: shared memory whose page cannot be had is watched, wherever its owner was moved to") {
  auto allocated = DmaMemory::allocate(8192, Pages::small, -1);
  REQUIRE(allocated);
  CHECK_FALSE(allocated->shared());
  CHECK_FALSE(catch_vanished(&allocated->all()[4096]));
  allocated->share();
  const DmaMemory memory = std::move(*allocated);
  CHECK(memory.shared());
  CHECK_FALSE(memory.vanished());
  REQUIRE(catch_vanished(&memory.all()[4200]));  // as the handler of SIGBUS does
  CHECK(memory.vanished());
  CHECK(memory.all()[4096] == std::byte{0xff});
  CHECK(memory.all()[0] == std::byte{0});
}

TEST_CASE("packet memory is left out of core dumps") {
  const auto memory = DmaMemory::allocate(8192, Pages::small, -1);
  REQUIRE(memory);
  std::ifstream maps("/proc/self/smaps");
  const std::string start = fmt::format("{:x}-", reinterpret_cast<std::uintptr_t>(memory->all().data()));
  std::string line;
  while (std::getline(maps, line) && !line.starts_with(start)) {
  }
  while (std::getline(maps, line) && !line.starts_with("VmFlags:")) {
  }
  CHECK_THAT(line, Catch::Contains(" dd"));
}

TEST_CASE("H5: memory that the machine does not have is an error and not a crash") {
  const auto memory = DmaMemory::allocate(std::size_t{1} << 50, Pages::small, -1);
  REQUIRE_FALSE(memory);
  CHECK_THAT(memory.error().text, Catch::Contains("no packet memory"));
}
