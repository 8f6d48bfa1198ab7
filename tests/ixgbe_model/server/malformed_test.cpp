#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <vector>

#include "core/base/messages/log.hpp"
#include "tests/ixgbe_model/server/server_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using vu::Command;

namespace {

Payload message(const vu::Header& header, const Payload& body = {}) {
  return bytes_of(header) + body;
}

Payload version_with(const std::string& text, std::size_t zeros = 1) {
  const Payload body = bytes_of(vu::Version{}) + text_bytes(text) + Payload(zeros);
  return message({.command = 1, .size = static_cast<std::uint32_t>(16 + body.size())}, body);
}

struct Bad {
  std::string what;
  bool greeted;
  Payload bytes;
  std::size_t fds = 0;
};

/// Each ends the conversation.
std::vector<Bad> bad_messages() {
  const Payload access = bytes_of(vu::RegionAccess{.offset = 0, .region = 0, .count = 4});
  const Payload beyond = bytes_of(vu::RegionAccess{.offset = ~0ULL - 1, .region = 0, .count = 4});
  const Payload many = bytes_of(std::uint64_t{3}) + Payload(24);
  return {
      {"size 0", true, message({.command = 4, .size = 0})},
      {"a size smaller than the header", true, message({.command = 4, .size = 15})},
      {"an enormous size", true, message({.command = 4, .size = 0xffff'ffff})},
      {"a size one too large", true, message({.command = 4, .size = vu::kMaxMessage + 1})},
      {"neither command nor reply", true, message({.command = 4, .size = 16, .flags = 2})},
      {"a reply to nothing", true, message({.command = 11, .size = 16, .flags = vu::kTypeReply})},
      {"command 0", true, message({.command = 0, .size = 16})},
      {"command 14", true, message({.command = 14, .size = 16})},
      {"a command of the server's", true, message({.command = 11, .size = 32}, Payload(16))},
      {"command 65535", true, message({.command = 65535, .size = 16})},
      {"the version twice", true, message({.command = 1, .size = 20}, bytes_of(vu::Version{}))},
      {"too many descriptors", true, message({.command = 4, .size = 16}), 9},
      {"an overflowing read", true, message({.command = 9, .size = 32}, beyond)},
      {"an overflowing write", true, message({.command = 10, .size = 36}, beyond + Payload(4))},
      {"a write with too little data", true, message({.command = 10, .size = 35}, access + Payload(3))},
      {"a write with too much data", true, message({.command = 10, .size = 37}, access + Payload(5))},
      {"fewer writes than announced", true, message({.command = 15, .size = 48}, many)},
      {"no version first", false, message({.command = 4, .size = 32}, Payload(16))},
      {"a short version", false, message({.command = 1, .size = 18}, Payload(2))},
      {"another major version", false,
       message({.command = 1, .size = 20}, bytes_of(vu::Version{.major = 1}))},
      {"text without an end", false, version_with("{}", 0)},
      {"text that is no JSON", false, version_with("{capabilities}")},
      {"a list instead of an object", false, version_with("[]")},
      {"capabilities that are none", false, version_with("{\"capabilities\":3}")},
      {"a transfer size of 0", false, version_with("{\"capabilities\":{\"max_data_xfer_size\":0}}")},
      {"a transfer size below 0", false, version_with("{\"capabilities\":{\"max_data_xfer_size\":-1}}")},
      {"text that is too deep", false, version_with(std::string(100'000, '['))},
  };
}

}  // namespace

TEST_CASE("G14 a malformed message ends its connection, and only that") {
  ServerRig rig;
  set_log_level(LogLevel::error);
  const FileDescriptor memory = memory_file(4096);
  const std::size_t before = open_descriptors();
  for (const Bad& bad : bad_messages()) {
    CAPTURE(bad.what);
    {
      const auto client = rig.connect(bad.greeted, "{\"write_multiple\":true}");
      client.send_raw(bad.bytes, std::vector<int>(bad.fds, memory.get()));
      rig.serve();
      CHECK_FALSE(rig.server->connected());
      while (client.receive()) continue;  // a refusal may come before the end
      CHECK(client.ended());
    }
    const auto next = rig.connect();
    CHECK(rig.read(next, kConfig, 0, 2) == 0x8086);
  }
  rig.serve();
  CHECK(open_descriptors() == before);
  set_log_level(LogLevel::warning);
}

TEST_CASE("G14 a message cut off by the end of the connection is no message") {
  ServerRig rig;
  set_log_level(LogLevel::error);
  {
    const auto client = rig.connect();
    client.send_raw(message({.command = 10, .size = 36}, Payload(10)));
    rig.serve();
    CHECK(rig.server->connected());
  }
  rig.serve();
  CHECK_FALSE(rig.server->connected());
  CHECK(rig.device.written.empty());
  set_log_level(LogLevel::warning);
}

TEST_CASE("G14 requests that make no sense are refused, and the driver stays") {
  ServerRig rig;
  const auto client = rig.connect();
  const auto refused = [&](Command command, const Payload& body) {
    return rig.error_of(client, command, body);
  };
  CHECK(refused(Command::device_get_info, {}) == EINVAL);
  CHECK(refused(Command::device_get_region_info, Payload(31)) == EINVAL);
  CHECK(refused(Command::device_get_irq_info, bytes_of(vu::IrqInfo{.argsz = 16, .index = 5})) == EINVAL);
  CHECK(refused(Command::device_set_irqs, Payload(19)) == EINVAL);
  CHECK(refused(Command::dma_map, Payload(31)) == EINVAL);
  CHECK(refused(Command::dma_unmap, Payload(23)) == EINVAL);
  CHECK(refused(Command::region_read, Payload(15)) == EINVAL);
  CHECK(refused(Command::region_write, Payload(15)) == EINVAL);
  CHECK(rig.server->connected());
}

TEST_CASE("descriptors that nobody wanted are closed") {
  ServerRig rig;
  const auto client = rig.connect();
  const FileDescriptor memory = memory_file(4096);
  const std::size_t before = open_descriptors();
  rig.call(client, Command::device_get_info, bytes_of(vu::DeviceInfo{.argsz = 16}),
           {memory.get(), memory.get()});
  CHECK(open_descriptors() == before);
}

TEST_CASE("a driver that is slow to take its replies gets all of them") {
  ServerRig rig;
  const auto client = rig.connect();
  // Each reply is more than a socket holds.
  const vu::RegionAccess access{.offset = 0, .region = kBar0, .count = 512 * 1024};
  for (int i = 0; i < 3; ++i) client.send(Command::region_read, bytes_of(access));
  rig.serve();
  CHECK(rig.server->connected());
  std::vector<std::byte> part(64 * 1024);
  std::size_t missing = 3 * (sizeof(vu::Header) + sizeof access + access.count);
  while (missing > 0) {
    const ssize_t bytes = ::recv(client.fd(), part.data(), part.size(), MSG_DONTWAIT);
    REQUIRE(bytes > 0);
    missing -= static_cast<std::size_t>(bytes);
    rig.serve();
  }
}
