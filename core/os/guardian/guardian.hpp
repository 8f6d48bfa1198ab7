#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/api.hpp"
#include "core/base/result.hpp"
#include "core/os/guardian/guardian_duty.hpp"

namespace ixyflow {

/// As long as it lives, what is left to do in a GuardianAct is done also when this process is killed: by a
/// small child, which is started with the first act and waits for the end of this process, whatever that is.
/// It holds copies of the descriptors that the acts need, has closed all others, belongs to no terminal and
/// to no process group of ours, is deaf to signals and has no capabilities. One at a time, made before packet
/// memory is. Control thread.
class IXYFLOW_API Guardian {
 public:
  Guardian() noexcept;
  /// Ends the child. With acts that are still left it stays, and does them when the process has ended.
  ~Guardian();
  Guardian(const Guardian&) = delete;
  Guardian& operator=(const Guardian&) = delete;
};

/// Something that must not be left as it is when this process has ended, however that came. Where no Guardian
/// lives, it does nothing. Any thread but a worker.
class IXYFLOW_API GuardianAct {
 public:
  static constexpr std::size_t kMostDescriptors = GuardianDuty::kMostDescriptors;
  static constexpr std::size_t kMostBytes = GuardianDuty::kMostBytes;

  using Turn = GuardianDuty::Turn;

  GuardianAct() noexcept = default;
  /// Leaves a duty to the guardian until this object is gone. Error (refused): the child cannot be started or
  /// does not take it.
  static Result<GuardianAct> leave(const GuardianDuty& duty, Turn turn, std::span<const int> descriptors,
                                   std::span<const std::byte> data = {});
  /// Only keeps a descriptor open until all else is done. Error (refused).
  static Result<GuardianAct> keep(int descriptor);
  ~GuardianAct();
  GuardianAct(GuardianAct&& other) noexcept;
  GuardianAct& operator=(GuardianAct&& other) noexcept;

 private:
  static Result<GuardianAct> send(std::uint32_t duty, Turn turn, std::span<const int> descriptors,
                                  std::span<const std::byte> data);

  std::uint32_t number_ = 0;  ///< 0: none
};

}  // namespace ixyflow
