#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/values/value.hpp"
#include "tools/ixyflow/control/client.hpp"
#include "tools/ixyflow/control/instance_choice.hpp"
#include "tools/ixyflow/control/server.hpp"

namespace ixyflow::tools {

/// A control socket that is open, or why the run has to go without one.
struct OpenedServer {
  std::unique_ptr<ControlServer> server;  ///< null: without
  std::string warning;                    ///< then only
};

/// The control socket of a run of `pipeline`, which stands in `file` ("-": the standard input); none when the
/// directory that the program chose cannot be used. Errors: those of the socket, which no run should start
/// without because the user named it or another instance has it.
Result<OpenedServer> open_server(const InstanceChoice& choice, const std::string& pipeline,
                                 const std::string& file);

/// The instance that the user means; without a word about it, the only one of theirs that runs, else the only
/// one of root's. Errors: unavailable (none runs), usage (several do), refused (root's, which this user may
/// not see).
Result<ControlClient> connect_instance(const InstanceChoice& choice);

/// A run that has a control socket.
struct RunningInstance {
  std::string name;
  std::string socket;
  Greeting greeting;
  Value status;         ///< what "run.get" says; without data where it did not answer
  std::string trouble;  ///< then why
};

struct RunningInstances {
  std::vector<RunningInstance> found;
  std::vector<std::string> hidden;  ///< why others are not among them
};

/// All runs that this user may see. None is waited for longer than `patience`.
RunningInstances running_instances(std::chrono::milliseconds patience);

}  // namespace ixyflow::tools
