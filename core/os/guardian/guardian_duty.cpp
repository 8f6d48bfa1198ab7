#include "core/os/guardian/guardian_duty.hpp"

#include <array>

namespace ixyflow {

namespace {

// Filled by initialisers of other files, and so there before these.
constinit std::array<GuardianDuty::Act, GuardianDuty::kMostDuties> duties{};
constinit std::uint32_t duty_count = 0;

}  // namespace

GuardianDuty::GuardianDuty(Act act) noexcept {
  if (duty_count == duties.size()) return;
  duties[duty_count] = act;
  number_ = ++duty_count;
}

GuardianDuty::Act GuardianDuty::act_of(std::uint32_t duty) noexcept {
  return duty == 0 || duty > duty_count ? nullptr : duties[duty - 1];
}

}  // namespace ixyflow
