#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/os/guardian/guardian_duty.hpp"

namespace ixyflow {

/// What goes to the guardian: an act with its descriptors, or the word that one is over.
struct GuardianMessage {
  std::uint32_t duty = 0;  ///< number of a GuardianDuty; 0: only keep the descriptors
  std::uint32_t number = 0;
  std::uint16_t bytes = 0;  ///< of `data`
  GuardianDuty::Turn turn = GuardianDuty::Turn::second;
  bool over = false;
  std::array<std::byte, GuardianDuty::kMostBytes> data{};
};

/// The life of the guardian, in the child of a fork of which all signals are blocked: takes acts from
/// `socket` until its other end is closed everywhere, does those that are left, and ends. Async-signal-safe.
[[noreturn]] void guard_parent(int socket) noexcept;

}  // namespace ixyflow
