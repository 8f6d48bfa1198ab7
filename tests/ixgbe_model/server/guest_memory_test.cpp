#include <linux/memfd.h>
#include <sys/mman.h>

#include <catch2/catch.hpp>

#include "core/base/messages/log.hpp"
#include "tests/ixgbe_model/server/server_rig.hpp"
#include "tools/ixgbe-model/server/bus_error_guard.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using vu::Command;

namespace {

Payload gone(std::uint64_t address, std::uint64_t size, std::uint32_t flags = 0) {
  return bytes_of(vu::DmaUnmap{.argsz = 24, .flags = flags, .address = address, .size = size});
}

/// A driver whose memory is a file of 16 pages.
struct Guest {
  Guest() : client(rig.connect()) {}
  int map(const Payload& body) { return rig.error_of(client, Command::dma_map, body, {file.get()}); }
  int unmap(const Payload& body) { return rig.error_of(client, Command::dma_unmap, body); }
  model::GuestMemory& memory() { return rig.server->memory(); }

  ServerRig rig;
  ScriptedClient client;
  FileDescriptor file = memory_file(16 * 4096);
};

}  // namespace

TEST_CASE("memory that the driver maps is where it says") {
  Guest guest;
  REQUIRE(guest.map(region(0x10000, 8192)) == 0);
  const std::byte seven{7};
  REQUIRE(::pwrite(guest.file.get(), &seven, 1, 4097) == 1);
  CHECK(*guest.memory().at(0x11001, 1) == seven);
  *guest.memory().at(0x10002, 1) = seven;
  std::byte seen{};
  CHECK(::pread(guest.file.get(), &seen, 1, 2) == 1);
  CHECK(seen == seven);
}

TEST_CASE("an access is inside of one region, or nowhere") {
  Guest guest;
  REQUIRE(guest.map(region(0x10000, 8192)) == 0);
  REQUIRE(guest.map(region(0x12000, 4096, kReadWrite, 8192)) == 0);
  auto& memory = guest.memory();
  CHECK(memory.at(0x10000, 8192) != nullptr);
  CHECK(memory.at(0x10000, 8193) == nullptr);
  CHECK(memory.at(0x0ffff, 1) == nullptr);
  CHECK(memory.at(0x0ffff, 2) == nullptr);
  CHECK(memory.at(0x11fff, 1) != nullptr);
  CHECK(memory.at(0x11fff, 2) == nullptr);
  CHECK(memory.at(0x12000, 4096) != nullptr);
  CHECK(memory.at(0x13000, 1) == nullptr);
  CHECK(memory.at(~0ULL, 1) == nullptr);
  CHECK(memory.at(0x10000, ~0ULL) == nullptr);
  std::vector<std::byte> both(8);
  CHECK(memory.read(0x11ffc, both));
  CHECK(memory.write(0x11ffc, both));
  CHECK_FALSE(memory.read(0x12ffc, both));
  CHECK_FALSE(memory.write(0x0fffc, both));
}

TEST_CASE("regions of different places in one file are kept apart") {
  Guest guest;
  REQUIRE(guest.map(region(0x40000, 4096, kReadWrite, 3 * 4096)) == 0);
  REQUIRE(guest.map(region(0x20000, 4096, kReadWrite, 100)) ==
          0);  // QEMU's offsets are whole pages; others are not
  const std::byte one{1};
  REQUIRE(::pwrite(guest.file.get(), &one, 1, 3 * 4096 + 5) == 1);
  REQUIRE(::pwrite(guest.file.get(), &one, 1, 104) == 1);
  CHECK(*guest.memory().at(0x40005, 1) == one);
  CHECK(*guest.memory().at(0x20004, 1) == one);
}

TEST_CASE("memory that may only be read is not written, and the other way round") {
  Guest guest;
  REQUIRE(guest.map(region(0x10000, 4096, vu::kDmaReadable)) == 0);
  REQUIRE(guest.map(region(0x20000, 4096, vu::kDmaWritable, 4096)) == 0);
  std::vector<std::byte> some(4);
  CHECK(guest.memory().at(0x10000, 1) == nullptr);
  CHECK(guest.memory().at(0x20000, 1) == nullptr);
  CHECK(guest.memory().read(0x10000, some));
  CHECK_FALSE(guest.memory().write(0x10000, some));
  CHECK(guest.memory().write(0x20000, some));
  CHECK_FALSE(guest.memory().read(0x20000, some));
}

TEST_CASE("G14 mappings that make no sense are refused") {
  Guest guest;
  REQUIRE(guest.map(region(0x10000, 8192)) == 0);
  CHECK(guest.map(region(0x10000, 8192)) == EEXIST);
  CHECK(guest.map(region(0x0f000, 4097)) == EEXIST);
  CHECK(guest.map(region(0x11fff, 4096)) == EEXIST);
  CHECK(guest.map(region(0x40000, 16 * 4096 + 1)) == EINVAL);
  CHECK(guest.map(region(0x40000, 0)) == EINVAL);
  CHECK(guest.map(region(0x40000, ~0ULL)) == EINVAL);
  CHECK(guest.map(region(~0ULL - 4095, 8192)) == EINVAL);
  CHECK(guest.map(region(0x40000, 4096, kReadWrite, 16 * 4096)) == EINVAL);
  CHECK(guest.map(region(0x40000, 4096, kReadWrite, ~0ULL)) == EINVAL);
  CHECK(guest.map(region(0x40000, 4096, 0)) == EINVAL);
  CHECK(guest.map(region(0x40000, 4096, kReadWrite | 0x100)) == EINVAL);
  CHECK(guest.rig.error_of(guest.client, Command::dma_map, region(0x40000, 4096),
                           {guest.file.get(), guest.file.get()}) == EINVAL);
  CHECK(guest.map(region(0x12000, 4096)) == 0);
  CHECK(guest.rig.server->connected());
}

TEST_CASE("what an IOMMU may have mapped goes in ranges that hold several regions") {
  Guest guest;
  REQUIRE(guest.map(region(0x10000, 8192)) == 0);
  REQUIRE(guest.map(region(0x20000, 4096)) == 0);
  REQUIRE(guest.map(region(0x30000, 4096)) == 0);
  CHECK(guest.unmap(gone(0x11000, 0x10000)) == ENOENT);
  CHECK(guest.unmap(gone(0x8000, 0x9000)) == ENOENT);
  CHECK(guest.unmap(gone(0x1000, 0xf000)) == 0);  // nothing is there
  CHECK(guest.memory().at(0x10000, 1) != nullptr);
  CHECK(guest.unmap(gone(0x8000, 0x19000)) == 0);
  CHECK(guest.memory().at(0x10000, 1) == nullptr);
  CHECK(guest.memory().at(0x20000, 1) == nullptr);
  CHECK(guest.memory().at(0x30000, 1) != nullptr);
  CHECK(guest.unmap(gone(0x1000, ~0ULL)) == 0);
  CHECK(guest.memory().at(0x30000, 1) == nullptr);
}

TEST_CASE("a region goes as a whole, alone or with all others") {
  Guest guest;
  REQUIRE(guest.map(region(0x10000, 8192)) == 0);
  REQUIRE(guest.map(region(0x20000, 4096)) == 0);
  CHECK(guest.unmap(gone(0x10000, 4096)) == ENOENT);
  CHECK(guest.unmap(gone(0x11000, 4096)) == ENOENT);
  CHECK(guest.unmap(gone(0x0, 0)) == ENOENT);
  CHECK(guest.memory().at(0x10000, 1) != nullptr);
  CHECK(guest.unmap(gone(0x10000, 8192)) == 0);
  CHECK(guest.memory().at(0x10000, 1) == nullptr);
  CHECK(guest.memory().at(0x20000, 1) != nullptr);
  CHECK(guest.unmap(gone(0, 4096, vu::kUnmapAll)) == EINVAL);
  CHECK(guest.unmap(gone(0, 0, 4)) == EINVAL);
  CHECK(guest.unmap(gone(0, 0, vu::kUnmapAll)) == 0);
  CHECK(guest.memory().at(0x20000, 1) == nullptr);
}

TEST_CASE("there is room for as many regions as announced, and not for more") {
  Guest guest;
  const Payload quiet = bytes_of(vu::Header{.id = 7, .command = 2, .size = 48, .flags = vu::kNoReply});
  for (std::size_t i = 0; i < model::GuestMemoryMap::kMostRegions; ++i) {
    guest.client.send_raw(quiet + region(i * 8192, 4096));  // without a descriptor: reached by messages
    if (i % 32 == 31) guest.rig.serve();
  }
  guest.rig.serve();
  CHECK(guest.map(region(1ULL << 40, 4096)) == ENOSPC);
  CHECK(guest.unmap(gone(0, 4096)) == 0);
  CHECK(guest.map(region(1ULL << 40, 4096)) == 0);
  CHECK(guest.memory().at(1ULL << 40, 4096) != nullptr);
}

TEST_CASE("a driver that shortens its memory loses its connection, and the model goes on") {
  set_log_level(LogLevel::error);
  const model::BusErrorGuard guard;
  Guest guest;
  REQUIRE(guest.map(region(0x10000, 8192)) == 0);
  REQUIRE(::ftruncate(guest.file.get(), 0) == 0);
  CHECK(*guest.memory().at(0x11000, 1) == std::byte{0xff});
  CHECK(guest.rig.server->urgent());
  guest.rig.serve();
  CHECK_FALSE(guest.rig.server->connected());
  const auto next = guest.rig.connect();
  CHECK(guest.rig.read(next, kConfig, 0, 2) == 0x8086);
  set_log_level(LogLevel::warning);
}

TEST_CASE("F16: so does one whose memory is huge pages, which go as a whole") {
  constexpr std::size_t kHuge = std::size_t{2} << 20;
  Guest guest;
  guest.file = FileDescriptor(::memfd_create("guest", MFD_CLOEXEC | MFD_HUGETLB | MFD_HUGE_2MB));
  if (!guest.file.open() || ::ftruncate(guest.file.get(), 2 * kHuge) != 0 ||
      guest.map(region(0x10000, kHuge)) != 0) {
    WARN("no huge pages are free: not tried");
    return;
  }
  set_log_level(LogLevel::error);
  const model::BusErrorGuard guard;
  REQUIRE(::ftruncate(guest.file.get(), 0) == 0);
  CHECK(*guest.memory().at(0x11000, 1) == std::byte{0xff});
  guest.rig.serve();
  CHECK_FALSE(guest.rig.server->connected());
  set_log_level(LogLevel::warning);
}
