#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <span>

#include "core/base/api.hpp"
#include "core/os/file_descriptor.hpp"

namespace ixyflow {

/// The descriptors that came with a message over a UNIX socket (unix(7), SCM_RIGHTS); those that nobody takes
/// are closed with it.
class IXYFLOW_API PassedDescriptors {
 public:
  /// The most that may come with a message: what vhost-user and vfio-user allow. More are closed at once.
  static constexpr std::size_t kMost = 8;

  /// recvmsg(2) without waiting: adds what came along, and returns what recvmsg did.
  ssize_t receive(int socket, std::span<std::byte> bytes) noexcept;

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] bool too_many() const noexcept { return too_many_; }
  [[nodiscard]] FileDescriptor take(std::size_t i) noexcept { return std::move(fds_[i]); }
  [[nodiscard]] int get(std::size_t i) const noexcept { return fds_[i].get(); }

 private:
  void add(int fd) noexcept;

  std::array<FileDescriptor, kMost> fds_;
  std::size_t count_ = 0;
  bool too_many_ = false;
};

/// sendmsg(2) without waiting and without SIGPIPE, with at most PassedDescriptors::kMost descriptors; they go
/// with the first byte. Returns what sendmsg did.
IXYFLOW_API ssize_t send_passing(int socket, std::span<const std::byte> bytes,
                                 std::span<const int> descriptors) noexcept;

}  // namespace ixyflow
