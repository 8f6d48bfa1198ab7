#include "tools/ixyflow/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/base/exit_code.hpp"
#include "core/base/messages/log.hpp"
#include "core/base/text/utf8.hpp"
#include "core/packet/checks.hpp"
#include "core/runtime/report/crash.hpp"
#include "tools/ixyflow/command_line/command.hpp"
#include "tools/ixyflow/command_line/command_line.hpp"
#include "tools/ixyflow/command_line/help.hpp"
#include "tools/ixyflow/command_line/parse.hpp"
#include "tools/ixyflow/pipeline/apart.hpp"
#include "tools/ixyflow/pipeline/looking.hpp"
#include "tools/ixyflow/terminal/console.hpp"
#include "tools/ixyflow/terminal/text.hpp"
#include "tools/ixyflow/version.hpp"

namespace ixyflow {
namespace tools {
namespace {

/// Options that every command has.
struct GlobalOptions {
  std::string colour = "auto";
  unsigned quiet = 0;
  unsigned verbose = 0;

  void declare(CommandLine& line) {
    line.choice("--color", colour, {"auto", "always", "never"}, "when to use colours (default auto)");
    line.count("-q,--quiet", quiet, "neither warnings nor a status line");
    line.count("-v,--verbose", verbose, "more messages; -vv for even more");
  }

  void apply(Console& console) const {
    console.set_colour(colour == "always"  ? ColourChoice::always
                       : colour == "never" ? ColourChoice::never
                                           : ColourChoice::automatic);
    console.set_quiet(quiet > 0);
    set_log_level(quiet > 0      ? LogLevel::error
                  : verbose == 0 ? LogLevel::warning
                  : verbose == 1 ? LogLevel::info
                                 : LogLevel::debug);
  }
};

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    if (!character.valid) return false;
    text.remove_prefix(character.bytes);
  }
  return true;
}

/// Limits that no sensible command line reaches, so that nobody has to think about larger ones.
Result<void> check_arguments(const std::vector<std::string>& arguments) {
  constexpr std::size_t kMostArguments = 4096;
  constexpr std::size_t kLongestArgument = 64 * 1024;
  if (arguments.size() > kMostArguments)
    return fail(ExitCode::usage,
                fmt::format("{} arguments; at most {} are allowed", arguments.size(), kMostArguments));
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].size() > kLongestArgument)
      return fail(ExitCode::usage, fmt::format("argument {} has {} bytes; at most {} are allowed", i + 1,
                                               arguments[i].size(), kLongestArgument));
    if (!is_utf8(arguments[i]))
      return fail(ExitCode::usage,
                  fmt::format("argument {} is not UTF-8: {}", i + 1, printable(arguments[i], 60)));
  }
  return {};
}

ExitCode usage_failure(const Error& error, Console& console) {
  console.error(error.text);
  console.err(wrapped("ixyflow --help shows commands and options, ixyflow COMMAND --help those of a command",
                      7, prose_columns(console.look_err())));
  return ExitCode::usage;
}

/// `ixyflow help run` as `ixyflow run --help`. A word that is no command is left to be refused.
std::vector<std::string> without_help_command(std::vector<std::string> arguments, const Commands& commands) {
  if (arguments.empty() || arguments.front() != "help") return arguments;
  arguments.erase(arguments.begin());
  const auto named = [&](const auto& command) { return command->name() == arguments.front(); };
  if (arguments.empty() || std::ranges::any_of(commands, named)) arguments.emplace_back("--help");
  return arguments;
}

ExitCode dispatch(const std::vector<std::string>& typed, Console& console) {
  if (auto good = check_arguments(typed); !good) return usage_failure(good.error(), console);
  const Commands commands = make_commands();
  const std::vector<std::string> arguments = without_help_command(typed, commands);
  GlobalOptions options;
  CommandLine globals;
  options.declare(globals);
  const auto invocation = parse_command_line(arguments, commands, globals);
  options.apply(console);
  if (!invocation) return usage_failure(invocation.error(), console);
  switch (invocation->kind) {
    case Invocation::Kind::help:
      console.out(help_text(invocation->command, commands, globals, prose_columns(console.look())));
      return ExitCode::ok;
    case Invocation::Kind::version:
      console.out(version_text());
      return ExitCode::ok;
    case Invocation::Kind::command:
      break;
  }
  const auto run = [&] {
    const ExitCode code = invocation->command->run(console);
    tell_refused_calls(console);
    return code;
  };
  return invocation->command->only_looks() ? run_apart(run, arguments, console) : run();
}

/// As long as it lives, who calls exit, which only a plugin does, ends the process as a crash with the name
/// of its element. Otherwise a run would end there without its summary, and with whatever code that is.
class ExitGuard {
 public:
  ExitGuard() { at_work_ = std::atexit(end) == 0 && std::at_quick_exit(end) == 0; }
  ~ExitGuard() { at_work_ = false; }
  ExitGuard(const ExitGuard&) = delete;
  ExitGuard& operator=(const ExitGuard&) = delete;

 private:
  static void end() {
    if (at_work_) ixyflow::detail::check_failed("exit was called while the program was at work");
  }
  static inline std::atomic<bool> at_work_ = false;
};

/// Exceptions come from libraries and from a lack of memory; none leaves the program.
ExitCode guarded(const std::vector<std::string>& arguments, Console& console) {
  try {
    return dispatch(arguments, console);
  } catch (const std::bad_alloc&) {
    console.error("out of memory; see 'ulimit -v' and the size of the pipeline");
    return ExitCode::configuration;
  } catch (const std::exception& error) {
    console.error(fmt::format("internal fault: {}", printable(error.what())));
    return ExitCode::internal;
  }
}

}  // namespace
}  // namespace tools

int run_program(int argc, char** argv) {
  tools::Console console;
  if (!console.adopt_standard_streams()) return static_cast<int>(ExitCode::internal);
  const tools::ExitGuard guard;
  // Code of plugins runs also where no pipeline does.
  const CrashReports crash_reports;
  const CrashStack crash_stack;
  // A reader that goes away and a file that reaches its limit are errors of a write, not ends of the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  // Others talk to those who listen: a run takes the first one.
  std::signal(SIGUSR1, SIG_IGN);
  std::signal(SIGUSR2, SIG_IGN);
  console.set_colour(tools::ColourChoice::automatic);
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) arguments.emplace_back(argv[i]);
  ExitCode code = tools::guarded(arguments, console);
  if (const auto written = console.out_result(); !written) {
    if (!console.reader_left()) console.error(written.error().text);
    if (code == ExitCode::ok) code = written.error().code;
  }
  return static_cast<int>(code);
}

}  // namespace ixyflow
