#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "core/os/file_descriptor.hpp"
#include "tests/fuzz/target.hpp"

namespace ixyflow::fuzz {

/// A file in memory, for what wants a path: made once, with another content for every input.
class MemoryFile {
 public:
  MemoryFile() : file_(::memfd_create("input", MFD_CLOEXEC)) { expect(file_.open(), "a file in memory"); }

  void write(Bytes content) const {
    // Cut last, so that the system keeps its pages.
    const auto size = static_cast<ssize_t>(content.size());
    const bool written = ::pwrite(file_.get(), content.data(), content.size(), 0) == size &&
                         ::ftruncate(file_.get(), size) == 0;
    expect(written, "a file in memory takes its content");
  }
  /// Of this process alone.
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(file_.get()); }
  [[nodiscard]] int fd() const noexcept { return file_.get(); }

 private:
  FileDescriptor file_;
};

}  // namespace ixyflow::fuzz
