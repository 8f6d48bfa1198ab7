#include "tools/ixyflow/process/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

namespace ixyflow::tools {
namespace {

bool open_pipe(FileDescriptor& read, FileDescriptor& write) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  read = FileDescriptor(ends[0]);
  write = FileDescriptor(ends[1]);
  return true;
}

/// Starts the child with two ends of pipes as its standard streams; 0 or an errno.
int spawn(const std::vector<std::string>& arguments, int input, int output, pid_t& child) {
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  // What this process ignores the child must not: a filter relies on SIGPIPE.
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  for (const int signal : {SIGXFSZ, SIGUSR1, SIGUSR2}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int error = posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error;
}

/// Writes and reads at the same time until the child closes its output; what went wrong, or "".
std::string exchange(FileDescriptor& to_child, const FileDescriptor& from_child, std::string_view input,
                     std::string& output, Duration timeout, std::size_t limit) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(timeout.ns);
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return "took too long";
    std::array<pollfd, 2> fds{{{from_child.get(), POLLIN, 0}, {to_child.get(), POLLOUT, 0}}};
    if (::poll(fds.data(), to_child.open() ? 2 : 1, static_cast<int>(left.count())) < 0 && errno != EINTR)
      return std::strerror(errno);
    if (to_child.open() && fds[1].revents != 0) {
      const ssize_t written = ::write(to_child.get(), input.data(), input.size());
      if (written > 0) input.remove_prefix(static_cast<std::size_t>(written));
      if (input.empty() || (written < 0 && errno != EAGAIN && errno != EINTR)) to_child.reset();
    }
    if (fds[0].revents != 0) {
      std::array<char, 65536> buffer;
      const ssize_t count = ::read(from_child.get(), buffer.data(), buffer.size());
      if (count == 0) return {};
      if (count > 0) output.append(buffer.data(), static_cast<std::size_t>(count));
      if (output.size() > limit) return "wrote too much";
    }
  }
}

}  // namespace

Result<FilterProgram> FilterProgram::start(const std::vector<std::string>& arguments) {
  FilterProgram program(arguments[0]);
  FileDescriptor input;
  FileDescriptor output;
  if (!open_pipe(input, program.to_) || !open_pipe(program.from_, output) ||
      ::fcntl(program.to_.get(), F_SETFL, O_NONBLOCK) != 0)
    return fail(ExitCode::internal, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  if (const int error = spawn(arguments, input.get(), output.get(), program.process_); error != 0) {
    program.process_ = 0;
    return fail(ExitCode::unavailable,
                fmt::format("cannot run '{}': {}", arguments[0], std::strerror(error)));
  }
  return program;
}

FilterProgram::~FilterProgram() {
  if (process_ == 0) return;
  ::kill(process_, SIGKILL);
  static_cast<void>(wait());
}

/// Its status as waitpid(2) tells it.
int FilterProgram::wait() noexcept {
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  return status;
}

Result<std::string> FilterProgram::run(const std::string& input, Duration timeout, std::size_t limit) {
  std::string output;
  const std::string wrong = exchange(to_, from_, input, output, timeout, limit);
  if (!wrong.empty()) ::kill(process_, SIGKILL);
  const int status = wait();
  if (!wrong.empty()) return fail(ExitCode::internal, fmt::format("'{}' {}", name_, wrong));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail(ExitCode::internal, fmt::format("'{}' failed", name_));
  return output;
}

}  // namespace ixyflow::tools
