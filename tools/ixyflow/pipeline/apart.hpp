#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/base/exit_code.hpp"

namespace ixyflow::tools {

class Console;

/// Runs `work`, which may run code of strangers, in a child process of its own, whose standard streams are
/// pipes, and which has nothing else that this one was given, but to read what `arguments` name ("-",
/// "/dev/fd/63"). This process passes on what the child writes, and ends it when that code takes too long,
/// whatever it does to stay. Returns in both: in the child what `work` returned, in the parent what the child
/// ended with. A signal that the child dies of the parent dies of, too. To be called while there is one
/// thread. `patience`: how long code of strangers may take.
ExitCode run_apart(const std::function<ExitCode()>& work, const std::vector<std::string>& arguments,
                   Console& console, std::chrono::milliseconds patience = std::chrono::minutes(1));

/// In such a child: code of strangers is about to run, and has its time from now on. Nothing elsewhere.
void begin_strangers_time() noexcept;

}  // namespace ixyflow::tools
