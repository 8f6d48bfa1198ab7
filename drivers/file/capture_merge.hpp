#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "drivers/file/capture_reader.hpp"

namespace ixyflow::drivers {

/// Several captures as one, as mergecap does it: next is always the packet with the earliest time stamp of
/// those that are next in their files, of equal ones that of the file named first. A packet without a time
/// stamp stays behind the one before it. One capture is read as it is. One thread.
class CaptureMerge {
 public:
  /// Opens them as CaptureReader does; at least one.
  static Result<std::unique_ptr<CaptureMerge>> open(const std::vector<std::string>& paths);

  /// The next packet, valid until the next call. `later`: one of the captures has nothing yet, and what it
  /// will have may come first. A damaged one ends, the others go on.
  CaptureReader::Next next(CaptureRecord& record) noexcept;
  /// Starts again with the first packets. Regular files only.
  void rewind() noexcept;

  /// Some of it comes once, when somebody writes it.
  [[nodiscard]] bool has_pipe() const noexcept;
  /// What is wrong with the captures that ended too early.
  [[nodiscard]] std::optional<Error> error() const;
  [[nodiscard]] bool damaged() const noexcept;
  [[nodiscard]] bool is_read(std::uint64_t device, std::uint64_t inode) const noexcept;
  /// A capture whose frames got Ethernet headers; null: there was none so far.
  [[nodiscard]] const CaptureReader* converted() const noexcept;

 private:
  struct Head {
    std::unique_ptr<CaptureReader> reader;
    CaptureRecord record;  ///< when `ready`
    Nanoseconds time = 0;  ///< of that record, or of the last one with a time stamp
    bool ready = false;
    bool ended = false;
  };
  bool look(Head& head) noexcept;

  std::vector<Head> heads_;
};

}  // namespace ixyflow::drivers
