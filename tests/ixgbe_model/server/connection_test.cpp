#include <catch2/catch.hpp>
#include <fstream>

#include "core/base/messages/log.hpp"
#include "tests/ixgbe_model/server/server_rig.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using vu::Command;

TEST_CASE("messages that want no reply get none, and are done in order") {
  ServerRig rig;
  const auto client = rig.connect();
  for (std::uint32_t i = 1; i <= 3; ++i)
    client.send(Command::region_write, bytes_of(vu::RegionAccess{0x10, kBar0, 4}) + bytes_of(i), {},
                vu::kNoReply);
  CHECK(rig.read(client, kBar0, 0x10) == 3);
  CHECK(rig.device.written.size() == 3);
  CHECK_FALSE(client.receive());
}

TEST_CASE("many writes come in one message where that was agreed upon") {
  ServerRig rig;
  const auto one = [](std::uint64_t offset, std::uint64_t value) {
    return bytes_of(vu::RegionAccess{offset, kBar0, 4}) + bytes_of(value);
  };
  const Payload writes = bytes_of(std::uint64_t{2}) + one(0x10, 5) + one(0x14, 6);
  {
    const auto client = rig.connect(true, "{\"write_multiple\":true}");
    CHECK(parse<std::uint64_t>(rig.call(client, Command::region_write_multi, writes).payload) == 2);
    CHECK(rig.device.registers[0x10] == 5);
    CHECK(rig.device.registers[0x14] == 6);
  }
  const auto client = rig.connect();
  CHECK(rig.error_of(client, Command::region_write_multi, writes) == EINVAL);
}

TEST_CASE("messages that arrive byte by byte are put together") {
  ServerRig rig;
  const auto client = rig.connect(false);
  const Payload message = bytes_of(vu::Header{.id = 7, .command = 1, .size = 20}) + bytes_of(vu::Version{});
  for (const std::byte byte : message) {
    CHECK_FALSE(client.receive());
    client.send_raw({byte});
    rig.serve();
  }
  CHECK(client.receive());
}

TEST_CASE("a reset reaches the device and turns its DMA off") {
  ServerRig rig;
  const auto client = rig.connect();
  rig.write(client, kConfig, 4, 6, 2);
  CHECK(rig.device.bus_master);
  CHECK(rig.error_of(client, Command::device_reset) == 0);
  CHECK(rig.device.resets == 1);
  CHECK_FALSE(rig.device.bus_master);
  CHECK(rig.read(client, kConfig, 4, 2) == 2);
}

TEST_CASE("features and migration are not there, which is no reason to end") {
  ServerRig rig;
  const auto client = rig.connect();
  for (const unsigned command : {6U, 16U, 17U, 18U})
    CHECK(rig.error_of(client, static_cast<Command>(command), Payload(32)) == ENOTSUP);
  CHECK(rig.server->connected());
}

TEST_CASE("the next driver is welcome when the last one has gone, and finds a device that was reset") {
  ServerRig rig;
  const FileDescriptor memory = memory_file(8192);
  {
    const auto client = rig.connect();
    rig.write(client, kBar0, 0x10, 5);
    rig.write(client, kConfig, 4, 6, 2);
    CHECK(rig.error_of(client, Command::dma_map, bytes_of(vu::DmaMap{32, 3, 0, 0x10000, 8192}),
                       {memory.get()}) == 0);
    CHECK(rig.server->memory().at(0x10000, 8192) != nullptr);
    rig.server->registers()[0x6018] = std::byte{1};
  }
  rig.serve();
  CHECK_FALSE(rig.server->connected());
  CHECK(rig.server->memory().at(0x10000, 1) == nullptr);
  CHECK(rig.device.resets == 1);
  CHECK_FALSE(rig.device.bus_master);
  CHECK(rig.server->registers()[0x6018] == std::byte{0});
  const auto next = rig.connect();
  CHECK(rig.read(next, kBar0, 0x10) == 0);
}

TEST_CASE("registers that an old driver still has mapped are not those of the next") {
  ServerRig rig;
  FileDescriptor old;
  {
    const auto client = rig.connect();
    const vu::RegionInfo question{.argsz = 256, .index = kBar0};
    Answer answer = rig.call(client, Command::device_get_region_info, bytes_of(question));
    old = std::move(answer.fds.at(0));
  }
  rig.serve();
  const std::byte doorbell{1};
  REQUIRE(::pwrite(old.get(), &doorbell, 1, 0x6018) == 1);
  CHECK(rig.server->registers()[0x6018] == std::byte{0});
}

TEST_CASE("a second driver is turned away while the first is there") {
  ServerRig rig;
  const auto first = rig.connect();
  const ScriptedClient second(rig.path);
  set_log_level(LogLevel::error);
  rig.serve();
  set_log_level(LogLevel::warning);
  CHECK(second.ended());
  CHECK(rig.read(first, kConfig, 0, 2) == 0x8086);
}

TEST_CASE("a socket that nobody listens to is replaced, others are left alone") {
  const TemporaryFolder folder;
  const std::string path = folder / "card.sock";
  {
    auto first = model::Server::create(path, {});
    REQUIRE(first);
    const auto second = model::Server::create(path, {});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ExitCode::refused);
    CHECK(second.error().text.find("in use") != std::string::npos);
    std::filesystem::rename(path, folder / "abandoned.sock");
  }
  CHECK(model::Server::create(folder / "abandoned.sock", {}));
  std::ofstream(path) << "text";
  const auto third = model::Server::create(path, {});
  REQUIRE_FALSE(third);
  CHECK(third.error().text.find("is no socket") != std::string::npos);
  CHECK(std::filesystem::exists(path));
  CHECK(model::Server::create(std::string(200, 'x'), {}).error().code == ExitCode::usage);
}
