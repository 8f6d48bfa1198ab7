#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "core/os/file_descriptor.hpp"

namespace ixyflow::test {

/// The memory of a guest: a memfd, cut into pieces from the front.
class GuestFile {
 public:
  static constexpr std::uint64_t kGuest = 0x1'0000'0000;    ///< its address in the guest
  static constexpr std::uint64_t kUser = 0x7000'0000'0000;  ///< its address in the front end's process
  static constexpr std::size_t kBytes = std::size_t{4} << 20;

  GuestFile() : file_(::memfd_create("guest", MFD_CLOEXEC)) {
    REQUIRE(::ftruncate(file_.get(), kBytes) == 0);
    void* address = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
    REQUIRE(address != MAP_FAILED);
    memory_ = static_cast<std::uint8_t*>(address);
  }
  ~GuestFile() { ::munmap(memory_, kBytes); }
  GuestFile(const GuestFile&) = delete;
  GuestFile& operator=(const GuestFile&) = delete;

  /// The offset of `bytes` unused bytes.
  std::uint64_t take(std::size_t bytes, std::size_t alignment = 64) {
    const std::uint64_t start = (used_ + alignment - 1) / alignment * alignment;
    REQUIRE(start + bytes <= kBytes);
    used_ = start + bytes;
    return start;
  }
  [[nodiscard]] std::uint8_t* at(std::uint64_t offset) const { return memory_ + offset; }
  template <class T>
  [[nodiscard]] T* as(std::uint64_t offset) const {
    return reinterpret_cast<T*>(memory_ + offset);
  }
  [[nodiscard]] int fd() const { return file_.get(); }

 private:
  FileDescriptor file_;
  std::uint8_t* memory_ = nullptr;
  std::uint64_t used_ = 0;
};

}  // namespace ixyflow::test
