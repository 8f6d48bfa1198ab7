#include "core/packet/mempool.hpp"

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <set>
#include <thread>

#include "tests/packet/pool_fixture.hpp"

using namespace ixyflow;
using test::PoolFixture;

TEST_CASE("a fresh pool gives out every buffer once and then no more") {
  PoolFixture fixture(100);
  std::array<Packet*, 128> packets{};
  CHECK(fixture.pool->allocate(packets) == 100);
  CHECK(std::set<Packet*>(packets.begin(), packets.begin() + 100).size() == 100);
  CHECK(fixture.pool->shortages() == 1);
  fixture.pool->free(std::span(packets).first(100));
  CHECK(fixture.pool->available() == 100);
}

TEST_CASE("the metadata of a buffer is fresh again after it was used") {
  PoolFixture fixture(1);
  Packet* packet = nullptr;
  REQUIRE(fixture.pool->allocate({&packet, 1}) == 1);
  REQUIRE(packet->put(60));
  REQUIRE(packet->pull(14));
  packet->paint = 7;
  packet->trace = 3;
  packet->timestamp = 5;
  packet->next_hop = 17;
  packet->set(PacketFlag::flow_hash);
  fixture.pool->free(packet);
  REQUIRE(fixture.pool->allocate({&packet, 1}) == 1);
  CHECK(packet->length() == 0);
  CHECK(packet->headroom() == 128);
  CHECK(packet->tailroom() == 2048);
  CHECK(packet->paint == 0);
  CHECK(packet->trace == 0);
  CHECK(packet->timestamp == 0);
  CHECK(packet->next_hop == 0);
  CHECK_FALSE(packet->has(PacketFlag::flow_hash));
  fixture.pool->free(packet);
}

TEST_CASE("the hottest buffer is given out first") {
  PoolFixture fixture(8);
  std::array<Packet*, 8> packets{};
  REQUIRE(fixture.pool->allocate(packets) == 8);
  fixture.pool->free(packets);
  Packet* next = nullptr;
  REQUIRE(fixture.pool->allocate({&next, 1}) == 1);
  CHECK(next == packets.back());
  fixture.pool->free(next);
}

TEST_CASE("the stride is an odd number of cache lines for every room") {
  for (const std::uint32_t room : {64U, 2048U, 2049U, 9000U, 65536U}) {
    const BufferLayout layout{.headroom = 128, .data_room = room};
    CHECK(layout.stride() % kCacheLine == 0);
    CHECK(layout.stride() / kCacheLine % 2 == 1);
    CHECK(layout.stride() >= 128 + room);
  }
  if (!checks_enabled()) CHECK(BufferLayout().stride() == 2240);
}

TEST_CASE("no buffer crosses a huge page") {
  for (const std::uint32_t room : {2048U, 65536U}) {
    const BufferLayout layout{.headroom = 128, .data_room = room};
    PoolFixture fixture(3000, layout);
    std::vector<Packet*> packets(3000);
    REQUIRE(fixture.pool->allocate(packets) == 3000);
    std::size_t crossing = 0;
    for (const Packet* packet : packets) {
      const auto first = reinterpret_cast<std::uintptr_t>(packet->data() - packet->headroom());
      crossing += first / kHugePage != (first + layout.stride() - 1) / kHugePage;
    }
    CHECK(crossing == 0);
    fixture.pool->free(packets);
  }
}

TEST_CASE("H9: push, pull, put and trim refuse what does not fit and change nothing") {
  PoolFixture fixture(1);
  Packet* packet = nullptr;
  REQUIRE(fixture.pool->allocate({&packet, 1}) == 1);
  for (const std::uint32_t bytes : {129U, 0xffffffffU}) CHECK_FALSE(packet->push(bytes));
  for (const std::uint32_t bytes : {2049U, 0xffffffffU}) CHECK_FALSE(packet->put(bytes));
  CHECK_FALSE(packet->pull(1));
  CHECK_FALSE(packet->trim(1));
  CHECK(packet->put(2048));
  CHECK(packet->push(128));
  CHECK(packet->length() == 2176);
  CHECK_FALSE(packet->push(1));
  CHECK_FALSE(packet->put(1));
  CHECK(packet->pull(2176));
  CHECK(packet->length() == 0);
  fixture.pool->free(packet);
}

TEST_CASE("a copy has the frame, its place and the metadata of the original") {
  PoolFixture fixture(2);
  std::array<Packet*, 2> packets{};
  REQUIRE(fixture.pool->allocate(packets) == 2);
  REQUIRE(packets[0]->push(10));
  REQUIRE(packets[0]->put(50));
  std::memset(packets[0]->data(), 0x3c, 60);
  packets[0]->set_length(60, 1500);
  packets[0]->paint = 9;
  packets[0]->next_hop = 17;
  REQUIRE(packets[1]->copy_from(*packets[0]));
  CHECK(packets[1]->length() == 60);
  CHECK(packets[1]->wire_length() == 1500);
  CHECK(packets[1]->headroom() == 118);
  CHECK(packets[1]->paint == 9);
  CHECK(packets[1]->next_hop == 17);
  CHECK(std::memcmp(packets[1]->data(), packets[0]->data(), 60) == 0);
  fixture.pool->free(packets);
}

TEST_CASE("what was taken off the front comes back, zeros in front of it, and nothing of older frames") {
  PoolFixture fixture(2);
  std::array<Packet*, 2> packets{};
  REQUIRE(fixture.pool->allocate(packets) == 2);
  for (Packet* packet : packets) {
    std::memset(packet->data() - packet->headroom(), 0xee, packet->headroom() + packet->tailroom());
    fixture.pool->free(packet);
  }
  REQUIRE(fixture.pool->allocate(packets) == 2);
  auto& [packet, copy] = packets;
  REQUIRE(packet->put(60));
  std::memset(packet->data(), 0x3c, 60);
  REQUIRE(packet->pull(14));
  REQUIRE(copy->copy_from(*packet));
  for (Packet* stripped : packets) {
    REQUIRE(stripped->restore(20));
    CHECK(stripped->length() == 66);
    for (std::size_t i = 0; i < 66; ++i) REQUIRE(stripped->data()[i] == (i < 6 ? 0 : 0x3c));
  }
  // What was written in front of the frame is its own from then on.
  REQUIRE(packet->push(4));
  std::memset(packet->data(), 0x77, 4);
  REQUIRE(packet->pull(10));
  REQUIRE(packet->restore(12));
  CHECK(packet->data()[0] == 0);
  CHECK(packet->data()[1] == 0);
  CHECK(packet->data()[2] == 0x77);
  CHECK(packet->tailroom() == 2048 - 60);
  CHECK_FALSE(packet->restore(packet->headroom() + 1));
  fixture.pool->free(packets);
}

TEST_CASE("F20: nothing but frames lies in packet memory") {
  PoolFixture fixture(64);
  const auto all = fixture.memory.all();
  std::memset(all.data(), 0xff, all.size());
  std::array<Packet*, 64> packets{};
  // In a checking build this memory would be found to be written to.
  if (checks_enabled()) return;
  REQUIRE(fixture.pool->allocate(packets) == 64);
  for (Packet* packet : packets) {
    CHECK(packet->headroom() == 128);
    CHECK(packet->tailroom() == 2048);
    CHECK(fixture.pool->owns(packet));
    const auto* data = reinterpret_cast<const std::byte*>(packet->data());
    CHECK(data >= all.data());
    CHECK(data + 2048 <= all.data() + all.size());
  }
  fixture.pool->free(packets);
  CHECK(fixture.pool->available() == 64);
}

TEST_CASE("F20: what others write into shared memory is no mistake of this process") {
  DmaMemory memory = DmaMemory::allocate(BufferLayout{}.bytes(4), Pages::small, -1).value();
  memory.share();
  const auto pool = Mempool::create(memory, 4, {}, 0).value();
  std::array<Packet*, 4> packets{};
  REQUIRE(pool->allocate(packets) == 4);
  std::memset(memory.all().data(), 0xff, memory.all().size());
  pool->free(packets);
  std::memset(memory.all().data(), 0xfe, memory.all().size());
  REQUIRE(pool->allocate(packets) == 4);
  pool->free(packets);
  CHECK(pool->available() == 4);
}

TEST_CASE("a pool knows its packets from those of others, also in bursts of both") {
  PoolFixture home(70, {}, 0);
  PoolFixture user(3, {}, 1);
  Mempool::connect(*home.pool, *user.pool);
  std::array<Packet*, 73> packets{};
  REQUIRE(home.pool->allocate(std::span(packets).first(70)) == 70);
  REQUIRE(user.pool->allocate(std::span(packets).last(3)) == 3);
  CHECK(home.pool->owns(packets[69]));
  CHECK_FALSE(home.pool->owns(packets[70]));
  CHECK_FALSE(user.pool->owns(packets[69]));
  CHECK(user.pool->owns(packets[70]));
  std::swap(packets[0], packets[71]);
  user.pool->free(packets);
  user.pool->send_home();
  CHECK(home.pool->available() == 70);
  CHECK(user.pool->available() == 3);
}

TEST_CASE("a packet that does not fit is not copied") {
  PoolFixture large(1, {.headroom = 128, .data_room = 9000});
  PoolFixture small(1);
  Packet* from = nullptr;
  Packet* to = nullptr;
  REQUIRE(large.pool->allocate({&from, 1}) == 1);
  REQUIRE(small.pool->allocate({&to, 1}) == 1);
  REQUIRE(from->put(2049));
  CHECK_FALSE(to->copy_from(*from));
  CHECK(to->length() == 0);
  large.pool->free(from);
  small.pool->free(to);
}

TEST_CASE("a pool copies packets of any pool as long as it has buffers that are large enough") {
  PoolFixture large(1, {.headroom = 128, .data_room = 9000});
  PoolFixture small(2);
  Packet* from = nullptr;
  REQUIRE(large.pool->allocate({&from, 1}) == 1);
  REQUIRE(from->put(60));
  std::memset(from->data(), 0x3c, 60);
  from->input_port = 3;
  Packet* const first = small.pool->copy(*from);
  REQUIRE(first != nullptr);
  CHECK(small.pool->owns(first));
  CHECK(first->length() == 60);
  CHECK(first->tailroom() == 2048 - 60);
  CHECK(first->input_port == 3);
  CHECK(std::memcmp(first->data(), from->data(), 60) == 0);
  REQUIRE(from->put(2000));
  CHECK(small.pool->copy(*from) == nullptr);
  CHECK(small.pool->available() == 1);
  Packet* const second = small.pool->copy(*first);
  CHECK(second != nullptr);
  CHECK(small.pool->copy(*first) == nullptr);
  CHECK(small.pool->shortages() == 1);
  small.pool->free(first);
  small.pool->free(second);
  large.pool->free(from);
  CHECK(small.pool->available() == 2);
}

TEST_CASE(
    "a packet that was made because of another one knows where that came from, and nothing of its flow") {
  PoolFixture fixture(2);
  std::array<Packet*, 2> packets{};
  REQUIRE(fixture.pool->allocate(packets) == 2);
  auto& [reply, question] = packets;
  REQUIRE(question->put(60));
  question->timestamp = 5;
  question->input_port = 3;
  question->paint = 9;
  question->trace = 4;
  question->vlan_tci = 0x2064;
  question->next_hop = 17;
  question->set(PacketFlag::vlan_tag);
  question->set(PacketFlag::flow_hash);
  question->set(PacketFlag::parsed);
  reply->inherit_from(*question);
  CHECK(reply->length() == 0);
  CHECK(reply->timestamp == 5);
  CHECK(reply->input_port == 3);
  CHECK(reply->paint == 9);
  CHECK(reply->trace == 4);
  CHECK(reply->vlan_tci == 0x2064);
  CHECK(reply->has(PacketFlag::vlan_tag));
  CHECK_FALSE(reply->has(PacketFlag::flow_hash));
  CHECK_FALSE(reply->has(PacketFlag::parsed));
  CHECK(reply->next_hop == 0);
  fixture.pool->free(packets);
}

TEST_CASE("buffers that another core frees come home at the end of its round") {
  PoolFixture home(256, {}, 0);
  PoolFixture user(0, {}, 1);
  Mempool::connect(*home.pool, *user.pool);
  std::array<Packet*, 100> packets{};
  REQUIRE(home.pool->allocate(packets) == 100);
  user.pool->free(packets);
  user.pool->send_home();
  CHECK(home.pool->available() == 256);
  CHECK(user.pool->available() == 0);
}

TEST_CASE("H6: an exhausted pool recovers as soon as a buffer is back") {
  PoolFixture fixture(4);
  std::array<Packet*, 4> hoard{};
  REQUIRE(fixture.pool->allocate(hoard) == 4);
  Packet* packet = nullptr;
  CHECK(fixture.pool->allocate({&packet, 1}) == 0);
  fixture.pool->free(hoard[0]);
  CHECK(fixture.pool->allocate({&packet, 1}) == 1);
  fixture.pool->free(packet);
  fixture.pool->free(std::span(hoard).subspan(1));
  CHECK(fixture.pool->available() == 4);
}

namespace {

/// A slot per buffer and user is enough of a way between threads here: the ring is tested elsewhere.
struct Channel {
  std::array<std::atomic<Packet*>, 64> slots{};
};

/// Frees what is there, and sends it home. False: there was nothing, and who finds that makes room: there may
/// be more threads than CPUs.
bool free_all(Channel& channel, Mempool& user) {
  bool any = false;
  for (auto& slot : channel.slots)
    if (Packet* packet = slot.exchange(nullptr, std::memory_order_acquire)) {
      user.free(packet);
      any = true;
    }
  user.send_home();
  return any;
}

}  // namespace

TEST_CASE("H7: one core only allocates and others only free, and nobody starves") {
  constexpr std::uint32_t kBuffers = 512;
  constexpr std::uint64_t kPackets = 400'000;
  PoolFixture home(kBuffers, {}, 0);
  std::array<PoolFixture, 2> users{PoolFixture(0, {}, 1), PoolFixture(0, {}, 2)};
  std::array<Channel, 2> channels;
  for (PoolFixture& user : users) Mempool::connect(*home.pool, *user.pool);
  std::atomic<bool> done{false};

  std::array<std::thread, 2> threads;
  for (std::size_t t = 0; t < threads.size(); ++t)
    threads[t] = std::thread([&, t] {
      for (bool last = false; !last;) {
        last = done.load(std::memory_order_acquire);
        if (!free_all(channels[t], *users[t].pool)) std::this_thread::yield();
      }
    });
  for (std::uint64_t sent = 0; sent < kPackets;) {
    const std::uint64_t before = sent;
    for (Channel& channel : channels)
      for (auto& slot : channel.slots) {
        Packet* packet = nullptr;
        if (slot.load(std::memory_order_relaxed) != nullptr || home.pool->allocate({&packet, 1}) == 0)
          continue;
        slot.store(packet, std::memory_order_release);
        ++sent;
      }
    if (sent == before) std::this_thread::yield();
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(home.pool->available() == kBuffers);
}
