#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "tools/ixyflow/test/memory_port.hpp"

namespace ixyflow::tools {

/// The packets of a capture, read by the port driver `pcap`; at most 1,000,000. Error: the file cannot be
/// read.
Result<std::vector<PortTraffic::Packet>> read_capture(const std::string& path);

}  // namespace ixyflow::tools
