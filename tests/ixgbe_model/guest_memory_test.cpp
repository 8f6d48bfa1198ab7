#include <sys/mman.h>

#include <catch2/catch.hpp>
#include <thread>

#include "core/base/log.hpp"
#include "ixgbe_model/server_rig.hpp"
#include "tools/ixgbe-model/bus_error_guard.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using vu::Command;

namespace {

constexpr std::uint32_t kReadWrite = vu::kDmaReadable | vu::kDmaWritable;

Payload region(std::uint64_t address, std::uint64_t size, std::uint32_t flags = kReadWrite,
               std::uint64_t offset = 0) {
  return bytes_of(
      vu::DmaMap{.argsz = 32, .flags = flags, .offset = offset, .address = address, .size = size});
}

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

/// A driver that answers questions for its memory, in a thread of its own.
class Answering {
 public:
  Answering(const ScriptedClient& client, std::vector<std::byte>& memory)
      : thread_([&client, &memory](const std::stop_token& stop) {
          while (!stop.stop_requested())
            if (const auto asked = client.receive(10)) answer(client, memory, *asked);
        }) {}

 private:
  static void answer(const ScriptedClient& client, std::vector<std::byte>& memory, const Answer& asked) {
    const auto access = parse<vu::DmaAccess>(asked.payload);
    const auto place = memory.begin() + static_cast<std::ptrdiff_t>(access.address);
    Payload body = bytes_of(access);
    if (asked.header.command == static_cast<std::uint16_t>(Command::dma_read))
      body.insert(body.end(), place, place + static_cast<std::ptrdiff_t>(access.count));
    else
      std::copy(asked.payload.begin() + sizeof access, asked.payload.end(), place);
    client.send(static_cast<Command>(asked.header.command), body, {}, vu::kTypeReply, asked.header.id);
  }

  std::jthread thread_;
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

TEST_CASE("a region goes with exactly the address and size that it came with, or with all others") {
  Guest guest;
  REQUIRE(guest.map(region(0x10000, 8192)) == 0);
  REQUIRE(guest.map(region(0x20000, 4096)) == 0);
  CHECK(guest.unmap(gone(0x10000, 4096)) == ENOENT);
  CHECK(guest.unmap(gone(0x11000, 4096)) == ENOENT);
  CHECK(guest.unmap(gone(0x0, 4096)) == ENOENT);
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
    if (i % 32 == 31) guest.rig.server->serve();
  }
  guest.rig.serve();
  CHECK(guest.map(region(1ULL << 40, 4096)) == ENOSPC);
  CHECK(guest.unmap(gone(0, 4096)) == 0);
  CHECK(guest.map(region(1ULL << 40, 4096)) == 0);
  CHECK(guest.memory().at(1ULL << 40, 4096) != nullptr);
}

TEST_CASE("memory without a descriptor is reached by messages") {
  const bool twin = GENERATE(false, true);
  CAPTURE(twin);
  ServerRig rig;
  ScriptedClient client = rig.connect(false);
  std::string capabilities = "{\"capabilities\":{\"max_data_xfer_size\":1000";
  capabilities += twin ? ",\"twin_socket\":{\"supported\":true}}}" : "}}";
  Answer version =
      rig.call(client, Command::version, bytes_of(vu::Version{}) + text_bytes(capabilities) + Payload(1));
  REQUIRE(rig.error_of(client, Command::dma_map, region(0, 8192)) == 0);
  if (twin) client = ScriptedClient(std::move(version.fds.at(0)));

  std::vector<std::byte> memory(8192, std::byte{9});
  const Answering answering(client, memory);
  std::vector<std::byte> some(3000);
  CHECK(rig.server->memory().at(0, 1) == nullptr);
  CHECK(rig.server->memory().read(4096, some));
  CHECK(some == std::vector<std::byte>(3000, std::byte{9}));
  CHECK(rig.server->memory().write(100, std::vector<std::byte>(3000, std::byte{5})));
  CHECK(memory[99] == std::byte{9});
  CHECK(memory[100] == std::byte{5});
  CHECK(memory[3099] == std::byte{5});
  CHECK(memory[3100] == std::byte{9});
}

TEST_CASE("what the driver says while it is asked for memory is done afterwards") {
  ServerRig rig;
  const auto client = rig.connect();
  REQUIRE(rig.error_of(client, Command::dma_map, region(0, 8192)) == 0);
  client.send(Command::region_write, bytes_of(vu::RegionAccess{0x10, kBar0, 4}) + bytes_of(std::uint32_t{1}),
              {}, vu::kNoReply);
  client.send(Command::dma_read, bytes_of(vu::DmaAccess{0, 4}) + Payload(4), {}, vu::kTypeReply, 0);
  std::vector<std::byte> some(4);
  CHECK(rig.server->memory().read(0, some));
  CHECK(rig.device.written.empty());
  CHECK(rig.server->urgent());
  rig.serve();
  CHECK(rig.device.written.size() == 1);
}

TEST_CASE("G14 a driver that answers wrongly about its memory loses its connection") {
  struct Wrong {
    std::string what;
    std::uint16_t id;
    Command command;
    std::size_t bytes;
  };
  const auto wrong = GENERATE(values<Wrong>({{"another id", 3, Command::dma_read, 20},
                                             {"another command", 0, Command::dma_write, 20},
                                             {"too short", 0, Command::dma_read, 19},
                                             {"too long", 0, Command::dma_read, 21},
                                             {"nothing", 0, Command::dma_read, 0}}));
  CAPTURE(wrong.what);
  set_log_level(LogLevel::error);
  ServerRig rig;
  const auto client = rig.connect();
  REQUIRE(rig.error_of(client, Command::dma_map, region(0, 8192)) == 0);
  client.send(wrong.command, Payload(wrong.bytes), {}, vu::kTypeReply, wrong.id);
  std::vector<std::byte> some(4);
  CHECK_FALSE(rig.server->memory().read(0, some));
  CHECK_FALSE(rig.server->memory().read(0, some));
  rig.serve();
  CHECK_FALSE(rig.server->connected());
  set_log_level(LogLevel::warning);
}

TEST_CASE("G14 an error for an access to memory is an error, and no end") {
  ServerRig rig;
  const auto client = rig.connect();
  REQUIRE(rig.error_of(client, Command::dma_map, region(0, 8192)) == 0);
  client.send(Command::dma_read, {}, {}, vu::kTypeReply | vu::kError, 0);
  std::vector<std::byte> some(4);
  CHECK_FALSE(rig.server->memory().read(0, some));
  rig.serve();
  CHECK(rig.server->connected());
}

TEST_CASE("G14 a driver that never answers is waited for, but not for ever") {
  set_log_level(LogLevel::error);
  ServerRig rig;
  const auto client = rig.connect();
  REQUIRE(rig.error_of(client, Command::dma_map, region(0, 8192)) == 0);
  std::vector<std::byte> some(4);
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(rig.server->memory().read(0, some));
  CHECK_FALSE(rig.server->memory().read(0, some));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
  rig.serve();
  CHECK_FALSE(rig.server->connected());
  set_log_level(LogLevel::warning);
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
