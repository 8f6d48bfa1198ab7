#pragma once

#include <cstdint>
#include <string>

#include "core/base/rights.hpp"

namespace ixyflow {

/// `kept.capabilities`, and the one to pass over the modes of files (CAP_DAC_OVERRIDE) where this process has
/// it and something that it must reach again is out of its reach without: a socket in another user's folder.
/// Control thread.
std::uint64_t needed_capabilities(const Rights& kept);

/// "net_admin, ipc_lock" of a set of capabilities; "none".
std::string capability_names(std::uint64_t capabilities);

/// Takes all capabilities but `kept` from the calling thread, for good. 0 or an errno.
int keep_capabilities(std::uint64_t kept) noexcept;

}  // namespace ixyflow
