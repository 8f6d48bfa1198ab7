#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "core/os/file_descriptor.hpp"
#include "tests/ixgbe_model/wire/wire_helpers.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

enum Outcome : int { kRight, kNoNamespace, kNoInterface, kNothingCame, kNothingSent };

constexpr std::uint16_t kType = 0x88b5;  // for experiments (IEEE 802)

FileDescriptor packet_socket(const char* interface) {
  FileDescriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(kType)));
  ifreq request{};
  std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP;
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(kType);
  address.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
  const bool bound = ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0 &&
                     ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  return bound ? std::move(socket) : FileDescriptor();
}

/// Frames of the kernel's own (neighbour discovery) come in between.
bool comes(model::Wire& from, const Bytes& frame) {
  for (int i = 0; i < 5'000'000; ++i)
    if (take(from) == frame) return true;
  return false;
}

Outcome talk_over_tap() {
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWNET) != 0) return kNoNamespace;
  model::Traffic traffic;
  auto tap = model::make_wire("tap:card0", traffic);
  if (!tap) return kNoNamespace;
  const FileDescriptor socket = packet_socket("card0");
  if (!socket.open()) return kNoInterface;
  const Bytes frame = padded(ethernet({.type = kType}, counting(50)));
  if (::send(socket.get(), frame.data(), frame.size(), 0) != static_cast<ssize_t>(frame.size()))
    return kNothingSent;
  if (!comes(**tap, frame)) return kNothingCame;
  std::array<std::uint8_t, 2000> received{};
  if (!send(**tap, frame)) return kNothingSent;
  const ssize_t bytes = ::recv(socket.get(), received.data(), received.size(), 0);
  return bytes == static_cast<ssize_t>(frame.size()) &&
                 std::memcmp(received.data(), frame.data(), frame.size()) == 0
             ? kRight
             : kNothingCame;
}

}  // namespace

TEST_CASE("a TAP interface carries frames both ways") {
  // A process of its own, because its network is.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(30);
    ::_exit(talk_over_tap());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNoNamespace) {
    WARN("no network namespace or no TAP here: not tried");
    return;
  }
  CHECK(WEXITSTATUS(status) == kRight);
}
