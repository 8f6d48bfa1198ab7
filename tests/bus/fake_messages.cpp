#include "tests/bus/fake_messages.hpp"

#include <linux/vfio.h>
#include <sys/socket.h>

#include <array>

namespace ixyflow::test {

namespace {

/// Room for the descriptors of one message: more than the protocol allows.
constexpr std::size_t kFds = 32;

}  // namespace

std::vector<std::byte> region_with_area(std::uint64_t size, std::uint64_t in_file, std::uint64_t area_offset,
                                        std::uint64_t area_size) {
  const vfio_user::RegionInfo info{.argsz = 64,
                                   .flags = 3 | VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS,
                                   .cap_offset = 32,
                                   .size = size,
                                   .offset = in_file};
  struct {
    std::uint16_t id = VFIO_REGION_INFO_CAP_SPARSE_MMAP;
    std::uint16_t version = 1;
    std::uint32_t next = 0;
    std::uint32_t areas = 1;
    std::uint32_t reserved = 0;
    std::uint64_t offset;
    std::uint64_t bytes;
  } capability{.offset = area_offset, .bytes = area_size};
  auto bytes = bytes_of_message(info);
  const auto more = bytes_of_message(capability);
  bytes.insert(bytes.end(), more.begin(), more.end());
  return bytes;
}

bool receive_message(int socket, vfio_user::Header& header, std::vector<std::byte>& body,
                     std::vector<FileDescriptor>& fds) {
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int) * kFds)> control;
  iovec piece{&header, sizeof header};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(socket, &message, MSG_WAITALL | MSG_CMSG_CLOEXEC) != sizeof header) return false;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    for (std::size_t i = 0; i < (part->cmsg_len - CMSG_LEN(0)) / sizeof(int); ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      fds.emplace_back(fd);
    }
  }
  body.resize(header.size - sizeof header);
  return body.empty() ||
         ::recv(socket, body.data(), body.size(), MSG_WAITALL) == static_cast<ssize_t>(body.size());
}

void send_message(int socket, std::span<const std::byte> bytes, std::span<const int> fds) {
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int) * kFds)> control{};
  iovec piece{const_cast<std::byte*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(part), fds.data(), fds.size_bytes());
  }
  ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

}  // namespace ixyflow::test
