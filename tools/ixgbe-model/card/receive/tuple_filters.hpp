#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "tools/ixgbe-model/card/frame/frame.hpp"
#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// The filters of layers 3 and 4 that choose a queue: 128 five-tuples (7.1.2.5) and the one for SYN packets
/// (7.1.2.4). Model thread only.
class TupleFilters final : public RegisterOwner {
 public:
  explicit TupleFilters(RegisterFile& file);

  void reset() noexcept { some_ = false; }
  /// The queue that a filter has for the frame.
  [[nodiscard]] std::optional<std::uint32_t> queue_of(std::span<const std::byte> frame,
                                                      const FrameInfo& info) const noexcept;

  std::uint32_t read_register(std::uint32_t offset) noexcept override { return file_.get(offset); }
  void write_register(std::uint32_t offset, std::uint32_t value) noexcept override;

 private:
  [[nodiscard]] std::optional<std::uint32_t> by_tuple(std::span<const std::byte> frame,
                                                      const FrameInfo& info) const noexcept;
  [[nodiscard]] bool matches(std::uint32_t index, std::span<const std::byte> frame,
                             const FrameInfo& info) const noexcept;

  RegisterFile& file_;
  bool some_ = false;  ///< of the filters is enabled
};

}  // namespace ixyflow::model
