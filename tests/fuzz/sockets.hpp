#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "core/os/passed_descriptors.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/temporary_folder.hpp"

/// What targets need that speak over UNIX sockets, with both ends in one thread.
namespace ixyflow::fuzz {

/// Two ends that do not block.
inline std::pair<FileDescriptor, FileDescriptor> socket_pair() {
  std::array<int, 2> ends{};
  expect(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0,
         "a pair of sockets");
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// Holds an input to leaving no descriptor open.
class DescriptorCheck {
 public:
  DescriptorCheck() : before_(open()) {}
  ~DescriptorCheck() { expect(open() == before_, "every descriptor is closed"); }
  DescriptorCheck(const DescriptorCheck&) = delete;
  DescriptorCheck& operator=(const DescriptorCheck&) = delete;

 private:
  /// Of the first ones, because new ones get the lowest number that is free; to read a folder takes longer.
  static int open() {
    constexpr int kFirst = 48;
    std::array<pollfd, kFirst> all{};
    for (int fd = 0; fd < kFirst; ++fd) all[static_cast<std::size_t>(fd)].fd = fd;
    // One system call says of all of them whether they are open.
    expect(::poll(all.data(), all.size(), 0) >= 0, "descriptors can be looked at");
    return static_cast<int>(
        std::ranges::count_if(all, [](const pollfd& one) { return (one.revents & POLLNVAL) == 0; }));
  }
  int before_;
};

/// Sends what the other end may or may not take.
inline void send_to(int socket, std::span<const std::byte> bytes, std::span<const int> fds = {}) {
  static_cast<void>(send_passing(socket, bytes, fds.first(std::min(fds.size(), PassedDescriptors::kMost))));
}

/// A folder for sockets, which goes when the process ends in order.
inline const test::TemporaryFolder& folder_for_sockets() {
  static const test::TemporaryFolder folder;
  return folder;
}

}  // namespace ixyflow::fuzz
