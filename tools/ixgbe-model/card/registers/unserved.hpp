#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tools/ixgbe-model/card/registers/registers.hpp"

namespace ixyflow::model {

/// Bits by which a driver switches on what the model does not do, although it cannot say so to the driver: a
/// card of this kind always has it. README.md has the whole table of capabilities.
struct Unserved {
  reg::Range registers;
  std::uint32_t bits;
  std::string_view what;     ///< "priority flow control is switched on"
  std::string_view instead;  ///< "only PAUSE frames of the whole link are obeyed"
};

/// Tells of each the first time. Model thread only.
class UnservedWatch {
 public:
  static constexpr std::size_t kMost = 32;

  /// What a write of `value` switches on for the first time since power-on; null: nothing of this kind.
  [[nodiscard]] const Unserved* first_time(std::uint32_t offset, std::uint32_t value) noexcept;
  /// How many were told of.
  [[nodiscard]] std::size_t told() const noexcept { return told_.count(); }

 private:
  std::bitset<kMost> told_;
};

}  // namespace ixyflow::model
