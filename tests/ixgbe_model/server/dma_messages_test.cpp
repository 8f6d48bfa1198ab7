#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "core/base/messages/log.hpp"
#include "tests/ixgbe_model/server/server_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using vu::Command;

namespace {

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
