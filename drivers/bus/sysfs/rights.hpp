#pragma once

namespace ixyflow::drivers {

/// CAP_SYS_ADMIN (<linux/capability.h>).
inline constexpr unsigned kSystemAdministration = 21;

/// Whether this thread has a capability now.
bool has_capability(unsigned capability);

}  // namespace ixyflow::drivers
