#include "core/os/passed_descriptors.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cassert>
#include <cstring>

namespace ixyflow {

void PassedDescriptors::add(int fd) noexcept {
  FileDescriptor owned(fd);
  if (count_ == kMost)
    too_many_ = true;
  else
    fds_[count_++] = std::move(owned);
}

ssize_t PassedDescriptors::receive(int socket, std::span<std::byte> bytes) noexcept {
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int) * kMost)> control;
  iovec piece{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t count = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (count < 0) return count;
  // What had no room was closed by the kernel.
  if ((message.msg_flags & MSG_CTRUNC) != 0) too_many_ = true;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t number = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < number; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
      add(fd);
    }
  }
  return count;
}

ssize_t send_passing(int socket, std::span<const std::byte> bytes,
                     std::span<const int> descriptors) noexcept {
  assert(descriptors.size() <= PassedDescriptors::kMost);
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int) * PassedDescriptors::kMost)> control{};
  iovec piece{const_cast<std::byte*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace ixyflow
