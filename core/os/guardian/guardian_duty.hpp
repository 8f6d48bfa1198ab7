#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/api.hpp"

namespace ixyflow {

/// A kind of thing that a guardian can do. Declared at namespace scope, so that it is known when the guardian
/// is started: which of them is to be done is all that this process can tell it later, whoever may have taken
/// it over by then.
class IXYFLOW_API GuardianDuty {
 public:
  /// Runs in the guardian, which has no memory of ours but that of its start: only what is async-signal-safe
  /// and needs no more than copies of the descriptors and of the data. These are checked as anybody's are.
  using Act = void (*)(std::span<const int> descriptors, std::span<const std::byte> data) noexcept;
  static constexpr std::size_t kMostDuties = 16;
  static constexpr std::size_t kMostDescriptors = 4;
  static constexpr std::size_t kMostBytes = 256;
  static constexpr std::size_t kMostActs = 512;  ///< at a time; those beyond are not done

  /// Acts of the first turn are all done before those of the second. Within one it goes by age, the oldest
  /// first.
  enum class Turn : std::uint8_t { first, second };

  explicit GuardianDuty(Act act) noexcept;
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  /// The act of a duty by its number; null for none.
  static Act act_of(std::uint32_t number) noexcept;

 private:
  std::uint32_t number_ = 0;
};

}  // namespace ixyflow
