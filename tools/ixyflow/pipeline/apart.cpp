#include "tools/ixyflow/pipeline/apart.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/os/file_descriptor.hpp"
#include "core/os/system_error.hpp"
#include "tools/ixyflow/terminal/console.hpp"

namespace ixyflow::tools {
namespace {

using Time = std::chrono::steady_clock::time_point;

struct Pipe {
  FileDescriptor from;
  FileDescriptor to;
};

bool open_pipe(Pipe& pipe) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  pipe = {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  return true;
}

/// All that the two have between them.
struct Line {
  Pipe out;
  Pipe err;     ///< none where both streams lead to the same place: then their order is kept
  Pipe notice;  ///< a byte when code of strangers begins
};

// In the child, for begin_strangers_time.
FileDescriptor notice;

bool same_place(int a, int b) {
  struct stat first {};
  struct stat second {};
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

bool open_line(Line& line) {
  return open_pipe(line.out) && open_pipe(line.notice) &&
         (same_place(STDOUT_FILENO, STDERR_FILENO) || open_pipe(line.err));
}

/// Whether an argument is its path: /dev/fd/63, as shells write it for <(…).
bool names(const std::vector<std::string>& arguments, const std::string& fd) {
  return std::ranges::any_of(arguments, [&fd](const std::string& argument) {
    return argument.starts_with('/') && argument.ends_with("/fd/" + fd);
  });
}

/// What whoever started us has left open, but for what is there to be read.
void close_the_rest(const Line& line, const std::vector<std::string>& arguments) {
  std::vector<int> others;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", none)) {
    const std::string name = entry.path().filename().string();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    const bool kept = names(arguments, name) && (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
    if (fd > STDERR_FILENO && fd != line.notice.to.get() && !kept) others.push_back(fd);
  }
  for (const int fd : others) ::close(fd);
}

/// What is read there has an open file description of its own, whose flags and place are nobody else's.
void replace_input(bool reads_input) {
  const char* const path = reads_input ? "/dev/stdin" : "/dev/null";
  FileDescriptor input(::open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!input.open()) input = FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ::dup2(input.get(), STDIN_FILENO);
}

/// False when the parent has ended meanwhile.
bool become_child(Line line, pid_t parent, const std::vector<std::string>& arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) return false;
  replace_input(std::ranges::find(arguments, "-") != arguments.end());
  ::dup2(line.out.to.get(), STDOUT_FILENO);
  ::dup2((line.err.to.open() ? line.err : line.out).to.get(), STDERR_FILENO);
  line.out = {};
  line.err = {};
  close_the_rest(line, arguments);
  notice = std::move(line.notice.to);
  return true;
}

/// The parent's part, from the fork to the child's end.
class Watch {
 public:
  Watch(Line line, pid_t child, std::chrono::milliseconds patience, Console& console)
      : line_(std::move(line)),
        child_(child),
        end_(static_cast<int>(::syscall(SYS_pidfd_open, child, 0))),
        patience_(patience),
        console_(console) {
    for (Pipe* pipe : {&line_.out, &line_.err, &line_.notice}) pipe->to.reset();
  }

  ExitCode wait() {
    bool ended = false;
    while (!ended && milliseconds_left() != 0) ended = look();
    if (!ended) ::kill(child_, SIGKILL);
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) continue;
    drain();
    if (ended) return end_as(status);
    console_.error("code of a plugin did not come to an end in its time (--allow-plugins gives it more)");
    return ExitCode::configuration;
  }

 private:
  /// Waits for something, and passes it on; true when the child has ended.
  bool look() {
    std::array<pollfd, 4> fds{{{line_.out.from.get(), POLLIN, 0},
                               {line_.err.from.get(), POLLIN, 0},
                               {line_.notice.from.get(), POLLIN, 0},
                               {end_.get(), POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), milliseconds_left());
    if (fds[0].revents != 0) pass(line_.out.from, true);
    if (fds[1].revents != 0) pass(line_.err.from, false);
    if (fds[2].revents != 0) {
      deadline_ = std::chrono::steady_clock::now() + patience_;
      line_.notice.from.reset();
    }
    // Where the kernel cannot tell of the child's end, that of its output does.
    return end_.open() ? fds[3].revents != 0 : !line_.out.from.open();
  }

  [[nodiscard]] int milliseconds_left() const {
    if (!deadline_) return -1;
    const auto left = *deadline_ - std::chrono::steady_clock::now();
    return static_cast<int>(
        std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(left).count()));
  }

  /// False when nothing more will come.
  bool pass(FileDescriptor& from, bool out) {
    std::array<char, 64 * 1024> buffer;
    const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) return true;
    if (count <= 0) {
      from.reset();
      return false;
    }
    const std::string_view text(buffer.data(), static_cast<std::size_t>(count));
    out ? console_.out(text) : console_.err(text);
    return true;
  }

  /// What is left in the pipes. Somebody whom the child has started may keep them open.
  void drain() {
    for (auto* pipe : {&line_.out, &line_.err}) {
      if (!pipe->from.open()) continue;
      ::fcntl(pipe->from.get(), F_SETFL, O_NONBLOCK);
      while (pass(pipe->from, pipe == &line_.out)) continue;
    }
  }

  static ExitCode end_as(int status) {
    if (WIFEXITED(status)) return static_cast<ExitCode>(WEXITSTATUS(status));
    // The child's core is the one that tells something.
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(WTERMSIG(status), SIG_DFL);
    ::raise(WTERMSIG(status));
    return ExitCode::internal;
  }

  Line line_;
  pid_t child_;
  FileDescriptor end_;
  std::chrono::milliseconds patience_;
  Console& console_;
  std::optional<Time> deadline_;
};

}  // namespace

ExitCode run_apart(const std::function<ExitCode()>& work, const std::vector<std::string>& arguments,
                   Console& console, std::chrono::milliseconds patience) {
  console.keep_looks();
  Line line;
  const pid_t parent = ::getpid();
  const bool connected = open_line(line);
  const pid_t child = connected ? ::fork() : -1;
  if (child < 0)
    return console.failed({ExitCode::internal, fmt::format("cannot start a process for code of strangers: {}",
                                                           system_error_text(errno))});
  if (child > 0) return Watch(std::move(line), child, patience, console).wait();
  if (!become_child(std::move(line), parent, arguments)) ::_exit(static_cast<int>(ExitCode::internal));
  return work();
}

void begin_strangers_time() noexcept {
  if (notice.open()) [[maybe_unused]]
    const ssize_t told = ::write(notice.get(), "", 1);
}

}  // namespace ixyflow::tools
