#pragma once

#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "tools/ixyflow/control/client.hpp"
#include "tools/ixyflow/control/instance_choice.hpp"
#include "tools/ixyflow/control/server.hpp"

namespace ixyflow::tools {

/// A control socket that is open, or why the run has to go without one.
struct OpenedServer {
  std::unique_ptr<ControlServer> server;  ///< null: without
  std::string warning;                    ///< then only
};

/// The control socket of a run of `pipeline`; none when the directory that the program chose cannot be used.
/// Errors: those of the socket, which no run should start without because the user named it or another
/// instance has it.
Result<OpenedServer> open_server(const InstanceChoice& choice, const std::string& pipeline);

/// The instance that the user means; without a word about it, the only one that runs. Errors: unavailable
/// (none runs), usage (several do).
Result<ControlClient> connect_instance(const InstanceChoice& choice);

}  // namespace ixyflow::tools
