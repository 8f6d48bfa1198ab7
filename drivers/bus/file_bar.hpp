#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "drivers/bus/bar.hpp"
#include "drivers/bus/mapped_area.hpp"

namespace ixyflow::drivers {

/// A BAR that the kernel gives access to: a file, parts of which may be mapped. What is not is read and
/// written by system calls.
class FileBar final : public Bar {
 public:
  /// `size` bytes that begin at `offset` of `fd`, which outlives the BAR unless it is given to `own`. `gone`
  /// becomes true when the device turns out to be away.
  FileBar(int fd, std::uint64_t offset, std::size_t size, std::atomic<bool>& gone)
      : Bar(size), fd_(fd), offset_(offset), gone_(gone) {}

  /// Maps `bytes` bytes from `offset` of the BAR on, whole pages, or a whole BAR that is smaller than a page
  /// and stands `in_page` bytes after the start of one. 0 or an errno.
  int map(std::uint32_t offset, std::size_t bytes, std::size_t in_page = 0);
  void own(FileDescriptor fd) { owned_ = std::move(fd); }

 private:
  std::uint32_t read_trapped(std::uint32_t offset, std::uint32_t bytes) noexcept override;
  void write_trapped(std::uint32_t offset, std::uint32_t value, std::uint32_t bytes) noexcept override;

  int fd_;
  std::uint64_t offset_;
  std::atomic<bool>& gone_;
  FileDescriptor owned_;
  std::vector<MappedArea> areas_;
};

}  // namespace ixyflow::drivers
