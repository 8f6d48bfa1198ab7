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

/// Both ends of a pipe, closed at the end.
struct Pipe {
  int read = -1;
  int write = -1;
  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
  static void close_end(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  ~Pipe() {
    close_end(read);
    close_end(write);
  }
};

/// Starts the child with the two pipes as its standard streams; 0 or an errno.
int spawn(const std::vector<std::string>& arguments, const Pipe& input, const Pipe& output, pid_t& child) {
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, input.read, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.write, STDOUT_FILENO);
  // What this process ignores the child must not: a filter relies on SIGPIPE.
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  sigaddset(&defaults, SIGXFSZ);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int error = posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error;
}

/// Writes and reads at the same time until the child closes its output; what went wrong, or "".
std::string exchange(Pipe& to_child, Pipe& from_child, std::string_view input, std::string& output,
                     Duration timeout, std::size_t limit) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(timeout.ns);
  ::fcntl(to_child.write, F_SETFL, O_NONBLOCK);
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return "took too long";
    std::array<pollfd, 2> fds{{{from_child.read, POLLIN, 0}, {to_child.write, POLLOUT, 0}}};
    if (::poll(fds.data(), to_child.write >= 0 ? 2 : 1, static_cast<int>(left.count())) < 0 && errno != EINTR)
      return std::strerror(errno);
    if (to_child.write >= 0 && fds[1].revents != 0) {
      const ssize_t written = ::write(to_child.write, input.data(), input.size());
      if (written > 0) input.remove_prefix(static_cast<std::size_t>(written));
      if (input.empty() || (written < 0 && errno != EAGAIN && errno != EINTR))
        Pipe::close_end(to_child.write);
    }
    if (fds[0].revents != 0) {
      std::array<char, 65536> buffer;
      const ssize_t count = ::read(from_child.read, buffer.data(), buffer.size());
      if (count == 0) return {};
      if (count > 0) output.append(buffer.data(), static_cast<std::size_t>(count));
      if (output.size() > limit) return "wrote too much";
    }
  }
}

}  // namespace

Result<std::string> run_filter(const std::vector<std::string>& arguments, const std::string& input,
                               Duration timeout, std::size_t limit) {
  Pipe to_child;
  Pipe from_child;
  if (!to_child.open() || !from_child.open())
    return fail(ExitCode::internal, fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  pid_t child = 0;
  if (const int error = spawn(arguments, to_child, from_child, child); error != 0)
    return fail(ExitCode::unavailable,
                fmt::format("cannot run '{}': {}", arguments[0], std::strerror(error)));
  Pipe::close_end(to_child.read);
  Pipe::close_end(from_child.write);
  std::string output;
  const std::string wrong = exchange(to_child, from_child, input, output, timeout, limit);
  if (!wrong.empty()) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!wrong.empty()) return fail(ExitCode::internal, fmt::format("'{}' {}", arguments[0], wrong));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail(ExitCode::internal, fmt::format("'{}' failed", arguments[0]));
  return output;
}

}  // namespace ixyflow::tools
