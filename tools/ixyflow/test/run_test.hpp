#pragma once

#include <string>
#include <vector>

#include "core/config/load.hpp"
#include "tools/ixyflow/test/test_case.hpp"

namespace ixyflow::tools {

/// Runs one test: all ports are swapped for ports in memory, every worker is stepped on one virtual clock,
/// and then the packets, the numbers, the ledger and the buffers are compared. Returns what failed, each a
/// text of one or more lines; nothing when the test passed.
std::vector<std::string> run_test(const PipelineFile& file, const TestCase& test, LoadOptions options);

}  // namespace ixyflow::tools
