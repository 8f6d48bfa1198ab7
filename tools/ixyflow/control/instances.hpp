#pragma once

#include <expected>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "tools/ixyflow/control/client.hpp"
#include "tools/ixyflow/control/server.hpp"
#include "tools/ixyflow/control/socket_path.hpp"

namespace ixyflow::tools {

class Console;

/// The control socket of a run of `pipeline`; null, after a warning, when the run has to go without one
/// because the directory that the program chose cannot be used. Errors: those of the socket, which no run
/// should start without because the user named it or another instance has it.
std::expected<std::unique_ptr<ControlServer>, ExitCode> open_server(const InstanceChoice& choice,
                                                                    const std::string& pipeline,
                                                                    Console& console);

/// The instance that the user means; without a word about it, the only one that runs. Errors: unavailable
/// (none runs), usage (several do).
Result<ControlClient> connect_instance(const InstanceChoice& choice);

}  // namespace ixyflow::tools
