// What ports of devices use of packet memory: addresses, and buffers that are filled without being looked at.

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <vector>

#include "core/packet/dma_memory.hpp"
#include "core/packet/mempool.hpp"

using namespace ixyflow;

namespace {

constexpr std::uint64_t kFirst = std::uint64_t{1} << 32;

DmaMemory memory_of(std::size_t bytes) {
  auto memory = DmaMemory::allocate(bytes, Pages::small, -1);
  REQUIRE(memory);
  REQUIRE(memory->assign_addresses(DeviceAddresses::linear, kFirst));
  return std::move(*memory);
}

struct Pool {
  explicit Pool(std::uint32_t count, BufferLayout layout = {})
      : memory(memory_of(layout.bytes(count) + 4096)), pool(*Mempool::create(memory, count, layout, 0)) {}
  ~Pool() { CHECK(pool->available() == pool->size()); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  Mempool& operator*() const { return *pool; }
  Mempool* operator->() const { return pool.get(); }

  DmaMemory memory;
  std::unique_ptr<Mempool> pool;
};

}  // namespace

TEST_CASE("linear addresses count the bytes of the memory from the first on") {
  const DmaMemory memory = memory_of(3 * kHugePage);
  for (const std::size_t offset :
       {std::size_t{0}, std::size_t{1}, kHugePage - 1, kHugePage, memory.all().size() - 1})
    CHECK(memory.device_address(memory.all().data() + offset) == kFirst + offset);
}

TEST_CASE("the pieces of linear memory are all of it, once") {
  const DmaMemory memory = memory_of(3 * kHugePage);
  std::size_t bytes = 0;
  for (const DmaMemory::Piece& piece : memory.pieces()) {
    CHECK(piece.bytes.data() == memory.all().data() + bytes);
    CHECK(piece.device_address == kFirst + bytes);
    CHECK(piece.file_offset == bytes);
    bytes += piece.bytes.size();
  }
  CHECK(bytes == memory.all().size());
}

TEST_CASE("memory that no device reaches has no addresses") {
  const auto memory = DmaMemory::allocate(4096, Pages::small, -1);
  REQUIRE(memory);
  CHECK(memory->addresses() == DeviceAddresses::none);
  CHECK(memory->pieces().empty());
  CHECK(memory->device_address(memory->all().data()) == 0);
}

TEST_CASE("physical addresses need huge pages, and say so") {
  auto memory = DmaMemory::allocate(4096, Pages::small, -1);
  REQUIRE(memory);
  const auto assigned = memory->assign_addresses(DeviceAddresses::physical, 0);
  REQUIRE_FALSE(assigned);
  CHECK(assigned.error().text.contains("huge pages"));
}

TEST_CASE("what a device uses in one piece does not cross a huge page") {
  DmaMemory memory = memory_of(4 * kHugePage);
  static_cast<void>(memory.take(64));
  constexpr std::size_t kBytes = kHugePage / 2 + 64;
  for (int i = 0; i < 3; ++i) {
    const auto piece = memory.take_whole(kBytes);
    REQUIRE(piece.size() == kBytes);
    const std::uint64_t address = memory.device_address(piece.data());
    CHECK(address / kHugePage == (address + kBytes - 1) / kHugePage);
  }
  CHECK(memory.take_whole(kHugePage).size() == kHugePage);
  CHECK(memory.take_whole(64).empty());
}

TEST_CASE("a packet knows where a device finds its data") {
  Pool pool(64);
  std::array<Packet*, 64> packets{};
  REQUIRE(pool->allocate(packets) == packets.size());
  for (Packet* packet : packets) {
    CHECK(packet->device_address() ==
          pool.memory.device_address(reinterpret_cast<const std::byte*>(packet->data())));
    REQUIRE(packet->push(12));
    CHECK(packet->device_address() ==
          pool.memory.device_address(reinterpret_cast<const std::byte*>(packet->data())));
  }
  pool->free(packets);
}

TEST_CASE("a buffer that a device has filled becomes a packet like any other") {
  Pool pool(8);
  const FreshMetadata metadata(*pool, 5);
  // Used before, so that nothing is fresh by chance.
  std::array<Packet*, 8> packets{};
  REQUIRE(pool->allocate(packets) == packets.size());
  for (Packet* packet : packets) {
    REQUIRE(packet->put(100));
    REQUIRE(packet->pull(20));
    packet->paint = 9;
    packet->trace = 1;
    packet->set(PacketFlag::parsed);
  }
  pool->free(packets);

  const auto taken = pool->take(4);
  REQUIRE(taken.size() == 4);
  const std::vector<Packet*> filled(taken.begin(), taken.end());
  for (Packet* packet : filled) {
    CHECK(metadata.device_address(*packet) == packet->buffer_address() + 128);
    metadata.write(*packet, 123, 60);
    CHECK(packet->length() == 60);
    CHECK(packet->wire_length() == 60);
    CHECK(packet->headroom() == 128);
    CHECK(packet->tailroom() == 2048 - 60);
    CHECK(packet->timestamp == 123);
    CHECK(packet->input_port == 5);
    CHECK(packet->paint == 0);
    CHECK(packet->trace == 0);
    CHECK_FALSE(packet->has(PacketFlag::parsed));
    CHECK(packet->device_address() == metadata.device_address(*packet));
  }
  pool->free(filled);
}

TEST_CASE("buffers that were taken and not used go back") {
  Pool pool(8);
  const auto taken = pool->take(6);
  REQUIRE(taken.size() == 6);
  const std::vector<Packet*> used(taken.begin() + 4, taken.end());
  pool->leave(4);
  CHECK(pool->available() == 6);
  pool->free(used);
  CHECK(pool->available() == 8);
}

TEST_CASE("an empty pool gives what it has, and counts it") {
  Pool pool(8);
  auto taken = pool->take(20);
  CHECK(taken.size() == 8);
  CHECK(pool->shortages() == 1);
  pool->leave(8);
}
