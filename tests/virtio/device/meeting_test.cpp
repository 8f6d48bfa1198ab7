// Where a port `vhost` and its front ends meet.

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "core/os/bound_socket.hpp"
#include "core/os/passed_descriptors.hpp"
#include "drivers/virtio/socket/protocol.hpp"
#include "tests/drivers/port_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
namespace vu = drivers::vhost_user;

TEST_CASE("The port can be the one that connects") {
  const TemporaryFolder directory;
  PortRig rig("vhost", {{"socket", directory / "vm.sock"}, {"connect", true}});
  rig.must_open();
  std::vector<std::string> said;
  const auto look = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(110));  // between two tries
    rig.port->supervise([&said](EventKind, std::string_view text) { said.emplace_back(text); });
  };
  look();
  look();
  REQUIRE(said.size() == 1);
  CHECK(said[0].find("there is no socket") != std::string::npos);
  auto listener = BoundSocket::open(directory / "vm.sock", SOCK_STREAM);
  REQUIRE(listener);
  look();
  const FileDescriptor peer(::accept4(listener->fd(), nullptr, nullptr, SOCK_CLOEXEC));
  REQUIRE(peer.open());
  const vu::Header header{1, vu::kVersion, 0};
  CHECK(send_passing(peer.get(), std::as_bytes(std::span(&header, 1)), {}) == sizeof header);
  rig.port->supervise([](EventKind, std::string_view) {});
  std::array<std::byte, 64> answer;
  CHECK(::recv(peer.get(), answer.data(), answer.size(), MSG_DONTWAIT) == 20);
}

TEST_CASE("F18 a socket that cannot be is refused") {
  const TemporaryFolder directory;
  const auto open = [](const std::string& path) {
    PortRig rig("vhost", {{"socket", path}});
    const auto opened = rig.open();
    REQUIRE_FALSE(opened);
    return opened.error().text;
  };
  CHECK(open(directory / std::string(200, 'x')).find("no path of a socket") != std::string::npos);
  std::ofstream(directory / "file") << "text";
  CHECK(open(directory / "file").find("is no socket") != std::string::npos);
  CHECK(std::filesystem::exists(directory / "file"));
  CHECK(open(directory.path().string()).find("is no socket") != std::string::npos);
  CHECK(open(directory / "none/x.sock").find("no such folder") != std::string::npos);
  const auto other = BoundSocket::open(directory / "used.sock", SOCK_STREAM);
  REQUIRE(other);
  CHECK(open(directory / "used.sock").find("in use") != std::string::npos);
}
