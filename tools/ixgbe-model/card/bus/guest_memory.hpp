#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ixyflow::model {

/// The memory that the driver lets the device reach. Model thread only.
class GuestMemory {
 public:
  virtual ~GuestMemory() = default;

  /// Where `bytes` bytes at device address `address` are; nullptr when they are not inside of one mapped
  /// region. Valid until the next message of the driver is handled.
  [[nodiscard]] virtual std::byte* at(std::uint64_t address, std::size_t bytes) noexcept = 0;

  /// The same for memory that may have to be fetched by messages. False: not there.
  virtual bool read(std::uint64_t address, std::span<std::byte> to) noexcept = 0;
  virtual bool write(std::uint64_t address, std::span<const std::byte> from) noexcept = 0;
};

}  // namespace ixyflow::model
