#pragma once

namespace ixyflow {

/// Sanitizers look at memory of other processes, start programs and write files of their own: builds with
/// them have a filter that lets every call pass, and no limit on files.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kLaxSandbox = true;
#else
inline constexpr bool kLaxSandbox = false;
#endif

}  // namespace ixyflow
