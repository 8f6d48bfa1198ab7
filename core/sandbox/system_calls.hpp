#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ixyflow {

/// What a thread does, and so which system calls it makes.
enum class ThreadRole : std::uint8_t {
  looking,  ///< reads pipelines, and runs code of plugins that nobody vouches for
  control,  ///< looks after ports, answers clients; also whatever other threads there are
  worker,   ///< moves packets
};

/// A system call that a role may make, in any case or only if an argument is as it says.
struct AllowedCall {
  const char* name;
  bool any = true;
  unsigned argument = 0;
  std::uint64_t mask = 0;   ///< of the argument, these bits
  std::uint64_t value = 0;  ///< are these
};

/// All that `role` may call, apart from what names this process itself.
std::vector<AllowedCall> allowed_calls(ThreadRole role);

/// Calls whose argument `argument` is a process, and may only be this one.
struct SelfCall {
  const char* name;
  unsigned argument;
};
std::span<const SelfCall> calls_on_oneself();

}  // namespace ixyflow
