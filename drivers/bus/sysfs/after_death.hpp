#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/os/guardian/guardian.hpp"

namespace ixyflow::drivers {

/// Has the guardian stop a function's DMA and give it back to its driver when this process is killed: the
/// function `address` with this folder in sysfs, whose configuration is open as `config`. `bind_file` belongs
/// to the driver that it was taken from; "" for none. Until then nobody else gets the lock that `lock` is
/// open for. A function that has a driver of the kernel by then is left alone. Error (refused).
Result<std::vector<GuardianAct>> leave_function_to_guardian(const std::string& folder,
                                                            const std::string& address,
                                                            const std::string& bind_file, int config,
                                                            int lock);

}  // namespace ixyflow::drivers
