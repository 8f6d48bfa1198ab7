#include <linux/vfio.h>
#include <sys/mman.h>

#include <catch2/catch.hpp>

#include "tests/ixgbe_model/server/server_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using vu::Command;

namespace {

vu::RegionInfo region_info(ServerRig& rig, const ScriptedClient& client, std::uint32_t index,
                           Answer* whole = nullptr) {
  const vu::RegionInfo question{.argsz = 256, .index = index};
  Answer answer = rig.call(client, Command::device_get_region_info, bytes_of(question));
  const auto info = parse<vu::RegionInfo>(answer.payload);
  if (whole != nullptr) *whole = std::move(answer);
  return info;
}

}  // namespace

TEST_CASE("the first message is answered with version 0.1 and what the server can") {
  ServerRig rig;
  const auto client = rig.connect(false);
  const Answer answer =
      rig.call(client, Command::version,
               bytes_of(vu::Version{.minor = 3}) + text_bytes("{\"capabilities\":{}}") + Payload(1));
  const auto version = parse<vu::Version>(answer.payload);
  CHECK(version.major == 0);
  CHECK(version.minor == 1);
  const std::string text(reinterpret_cast<const char*>(answer.payload.data()) + sizeof version);
  CHECK(text.size() + 1 + sizeof version == answer.payload.size());
  CHECK(text.find("\"max_msg_fds\":8") != std::string::npos);
  CHECK(text.find("\"max_data_xfer_size\":1048576") != std::string::npos);
  CHECK(text.find("write_multiple") == std::string::npos);
}

TEST_CASE("what a client does not propose is not announced to it, and the rest is") {
  ServerRig rig;
  const auto client = rig.connect(false);
  const Answer answer = rig.call(
      client, Command::version,
      bytes_of(vu::Version{}) +
          text_bytes("{\"capabilities\":{\"write_multiple\":true,\"twin_socket\":{\"supported\":true}}}") +
          Payload(1));
  const std::string text(reinterpret_cast<const char*>(answer.payload.data()) + sizeof(vu::Version));
  CHECK(text.find("\"write_multiple\":true") != std::string::npos);
  CHECK(text.find("\"twin_socket\":{\"fd_index\":0,\"supported\":true}") != std::string::npos);
  CHECK(answer.fds.size() == 1);
}

TEST_CASE("the device is a PCI function that can be reset, with nine regions and five kinds of interrupts") {
  ServerRig rig;
  const auto client = rig.connect();
  const auto info = parse<vu::DeviceInfo>(
      rig.call(client, Command::device_get_info, bytes_of(vu::DeviceInfo{.argsz = 16})).payload);
  CHECK(info.flags == (VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET));
  CHECK(info.regions == 9);
  CHECK(info.irqs == 5);
  CHECK(rig.error_of(client, Command::device_get_info, bytes_of(vu::DeviceInfo{.argsz = 15})) == EINVAL);
}

TEST_CASE("regions are BAR0, BAR4 and the configuration space") {
  ServerRig rig;
  const auto client = rig.connect();
  for (std::uint32_t index = 0; index < 9; ++index) {
    const auto info = region_info(rig, client, index);
    CHECK(info.index == index);
    CHECK(info.size == (index == kBar0     ? 512U * 1024
                        : index == kBar4   ? 16U * 1024
                        : index == kConfig ? 4096U
                                           : 0U));
    CHECK(((info.flags & VFIO_REGION_INFO_FLAG_READ) != 0) == (info.size != 0));
  }
  CHECK(rig.error_of(client, Command::device_get_region_info,
                     bytes_of(vu::RegionInfo{.argsz = 256, .index = 9})) == EINVAL);
}

TEST_CASE("pages of queues can be mapped, and what is written there is seen") {
  ServerRig rig;
  const auto client = rig.connect();
  Answer answer;
  const auto info = region_info(rig, client, kBar0, &answer);
  CHECK((info.flags & VFIO_REGION_INFO_FLAG_MMAP) != 0);
  CHECK((info.flags & VFIO_REGION_INFO_FLAG_CAPS) != 0);
  CHECK(info.argsz == answer.payload.size());
  const auto header = parse<vfio_info_cap_header>(answer.payload, info.cap_offset);
  CHECK(header.id == VFIO_REGION_INFO_CAP_SPARSE_MMAP);
  CHECK(header.version == 1);
  CHECK(header.next == 0);
  REQUIRE(parse<std::uint32_t>(answer.payload, info.cap_offset + 8) == 2);
  const auto first = parse<vfio_region_sparse_mmap_area>(answer.payload, info.cap_offset + 16);
  const auto second = parse<vfio_region_sparse_mmap_area>(answer.payload, info.cap_offset + 32);
  CHECK(first.offset == 0x1000);
  CHECK(first.size == 0x1000);
  CHECK(second.offset == 0x6000);
  CHECK(second.size == 0x2000);
  REQUIRE(answer.fds.size() == 1);
  auto* page =
      static_cast<std::byte*>(::mmap(nullptr, second.size, PROT_READ | PROT_WRITE, MAP_SHARED,
                                     answer.fds[0].get(), static_cast<off_t>(info.offset + second.offset)));
  REQUIRE(page != MAP_FAILED);
  page[0x18] = std::byte{42};
  CHECK(rig.server->registers()[0x6018] == std::byte{42});
  CHECK(::ftruncate(answer.fds[0].get(), 0) != 0);
  ::munmap(page, second.size);
}

TEST_CASE("a question with little room is told how much is needed, and gets no descriptor") {
  ServerRig rig;
  const auto client = rig.connect();
  const Answer answer = rig.call(client, Command::device_get_region_info,
                                 bytes_of(vu::RegionInfo{.argsz = 32, .index = kBar0}));
  const auto info = parse<vu::RegionInfo>(answer.payload);
  CHECK(answer.payload.size() == 32);
  CHECK(info.argsz == 80);
  CHECK(info.cap_offset == 0);
  CHECK((info.flags & VFIO_REGION_INFO_FLAG_CAPS) == 0);
  CHECK(answer.fds.empty());
}

TEST_CASE("with map=none nothing can be mapped") {
  ServerRig rig({.map_queues = false});
  const auto client = rig.connect();
  Answer answer;
  const auto info = region_info(rig, client, kBar0, &answer);
  CHECK((info.flags & VFIO_REGION_INFO_FLAG_MMAP) == 0);
  CHECK(info.argsz == 32);
  CHECK(answer.fds.empty());
}

TEST_CASE("registers are read and written in words") {
  ServerRig rig;
  const auto client = rig.connect();
  rig.write(client, kBar0, 0x8, 0x12345678);
  CHECK(rig.device.registers[8] == 0x12345678);
  CHECK(rig.read(client, kBar0, 0x8) == 0x12345678);
  CHECK(rig.read(client, kBar0, 0x9, 1) == 0x56);
  CHECK(rig.read(client, kBar0, 0xa, 2) == 0x1234);
  rig.write(client, kBar0, 0x8, 0xff, 1);
  CHECK(rig.read(client, kBar0, 0x8) == 0x12345678);
  CHECK(rig.device.written.size() == 1);
}

TEST_CASE("a region is left by no access") {
  ServerRig rig;
  const auto client = rig.connect();
  const auto read = [&](std::uint32_t region, std::uint64_t offset, std::uint32_t count) {
    return rig.error_of(client, Command::region_read, bytes_of(vu::RegionAccess{offset, region, count}));
  };
  CHECK(read(kBar0, 512 * 1024 - 4, 4) == 0);
  CHECK(read(kBar0, 512 * 1024 - 3, 4) == EINVAL);
  CHECK(read(kBar0, 512 * 1024, 1) == EINVAL);
  CHECK(read(1, 0, 4) == EINVAL);
  CHECK(read(9, 0, 4) == EINVAL);
  CHECK(read(0xffff'ffff, 0, 4) == EINVAL);
  CHECK(read(kConfig, 4095, 1) == 0);
  CHECK(read(kConfig, 0, 4096) == 0);
  CHECK(read(kConfig, 0, 4097) == EINVAL);
  CHECK(read(kBar0, 0, (1U << 20) + 1) == EINVAL);
}

TEST_CASE("the vector table is memory, the pending bits are not") {
  ServerRig rig;
  const auto client = rig.connect();
  CHECK(rig.read(client, kBar4, 12) == 1);
  rig.write(client, kBar4, 63 * 16, 0xfee00000);
  CHECK(rig.read(client, kBar4, 63 * 16) == 0xfee00000);
  rig.write(client, kBar4, 0x2000, 0xffffffff);
  CHECK(rig.read(client, kBar4, 0x2000) == 0);
  CHECK(rig.error_of(client, Command::device_reset) == 0);
  CHECK(rig.read(client, kBar4, 63 * 16) == 0);
}
