#pragma once

#include "tools/ixgbe-model/card/registers/register_file.hpp"

namespace ixyflow::model {

/// Declares what the model only remembers: what it has no use for (DCB, virtual functions, wake-up, FCoE,
/// security, time stamps, diagnostics), but which drivers set up and read back. Made first: what is declared
/// later, with a behaviour, takes precedence.
struct PlainRegisters {
  explicit PlainRegisters(RegisterFile& file);
};

}  // namespace ixyflow::model
