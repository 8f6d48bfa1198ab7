#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ixyflow {

/// An open ELF file of 64 bits and this machine's byte order, read piece by piece. It is foreign data:
/// nothing outside of the file is ever read.
class ElfFile {
 public:
  /// More than any linker writes; a larger number is a damaged file.
  static constexpr std::size_t kMostSegments = 256;

  /// `file` stays the caller's.
  explicit ElfFile(int file) : file_(file) {}

  [[nodiscard]] std::uint64_t size() const noexcept;
  /// `size` bytes at `offset`; false when the file does not have them.
  bool read(std::uint64_t offset, void* to, std::size_t size) const;

  /// What it tells the dynamic linker of other files.
  struct Dynamic {
    std::vector<std::string> needed;    ///< libraries: names, or paths
    std::vector<std::string> run_path;  ///< folders to look for them in (DT_RUNPATH)
    std::vector<std::string> old_path;  ///< the same, for the libraries' libraries too (DT_RPATH)
  };
  /// None: it is no shared object, or damaged.
  [[nodiscard]] std::optional<Dynamic> read_dynamic() const;

 private:
  [[nodiscard]] std::optional<std::string> read_text(std::uint64_t offset) const;

  int file_;
};

}  // namespace ixyflow
