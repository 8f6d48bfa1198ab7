#pragma once

#include <cstddef>
#include <span>

#include "core/base/result.hpp"
#include "core/os/file_descriptor.hpp"

namespace ixyflow::model {

/// BAR0 as memory that a driver can map pages of: its writes there are seen by polling.
class SharedRegisters {
 public:
  /// Error (unavailable): the system has no memory for it.
  static Result<SharedRegisters> create();
  ~SharedRegisters();
  SharedRegisters(SharedRegisters&& other) noexcept;
  SharedRegisters& operator=(SharedRegisters&&) = delete;

  /// kBar0Bytes bytes, always at the same place.
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }
  /// What a driver maps. Cannot be made shorter.
  [[nodiscard]] int fd() const noexcept { return file_.get(); }

  /// Puts fresh memory, all zero, in the place of the one that the last driver knows, so that nothing that
  /// still has it mapped can disturb the next driver. Error: as of `create`; the old memory stays.
  Result<void> renew();

 private:
  SharedRegisters() = default;

  FileDescriptor file_;
  std::span<std::byte> bytes_;
};

}  // namespace ixyflow::model
