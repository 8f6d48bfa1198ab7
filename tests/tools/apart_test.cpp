#include "tools/ixyflow/pipeline/apart.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.hpp"
#include "tools/ixyflow/terminal/console.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using namespace ixyflow::tools;

namespace {

/// How a program ended that did its work apart, and what it wrote.
struct Ended {
  int code = -1;
  int signal = 0;
  std::string out;
  std::string err;
};

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// `out` begins with what stands in the file already.
Ended run(const std::function<ExitCode()>& work, const std::vector<std::string>& arguments = {},
          std::chrono::milliseconds patience = std::chrono::minutes(1)) {
  const TemporaryFolder folder;
  const std::string out = folder.write("out", "before\n");
  const std::string err = folder.write("err", "");
  const pid_t program = ::fork();
  REQUIRE(program >= 0);
  if (program == 0) {
    const int file = ::open(out.c_str(), O_RDWR);
    ::lseek(file, 0, SEEK_END);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_RDWR | O_APPEND), STDERR_FILENO);
    Console console;
    ::_exit(static_cast<int>(run_apart(work, arguments, console, patience)));
  }
  int status = 0;
  REQUIRE(::waitpid(program, &status, 0) == program);
  Ended ended{.out = content(out), .err = content(err)};
  if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  return ended;
}

void say(int fd, std::string_view text) {
  REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

}  // namespace

TEST_CASE("what is done apart is seen as if it were not: output, errors, exit code") {
  const Ended ended = run([] {
    say(STDOUT_FILENO, std::string(300'000, 'x') + "\n");
    say(STDERR_FILENO, "no\n");
    return ExitCode::no;
  });
  CHECK(ended.code == 1);
  CHECK(ended.out == "before\n" + std::string(300'000, 'x') + "\n");
  CHECK(ended.err == "no\n");
}

TEST_CASE("a signal that ends it ends the program, too") {
  const Ended ended = run([]() -> ExitCode {
    ::signal(SIGSEGV, SIG_DFL);
    ::raise(SIGSEGV);
    return ExitCode::ok;
  });
  CHECK(ended.signal == SIGSEGV);
}

TEST_CASE("C12: what is done apart cannot reach what the output goes to, nor what else is open") {
  const TemporaryFolder folder;
  const std::string precious = folder.write("precious", "to keep");
  const int file = ::open(precious.c_str(), O_RDWR);
  REQUIRE(file > STDERR_FILENO);
  const Ended ended = run([file] {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, file}) {
      static_cast<void>(::ftruncate(fd, 0));
      static_cast<void>(::lseek(fd, 0, SEEK_SET));
      static_cast<void>(::pwrite(fd, "spoilt", 6, 0));
    }
    static_cast<void>(::write(file, "spoilt", 6));
    say(STDOUT_FILENO, "after\n");
    return ExitCode::ok;
  });
  CHECK(ended.out == "before\nafter\n");
  CHECK(content(precious) == "to keep");
  ::close(file);
}

TEST_CASE("C12: only what is named is there to be read") {
  const TemporaryFolder folder;
  const std::string path = folder.write("named", "content");
  const int named = ::open(path.c_str(), O_RDONLY);
  const int other = ::open(path.c_str(), O_RDONLY);
  const Ended ended = run(
      [=] {
        say(STDOUT_FILENO, ::fcntl(named, F_GETFD) >= 0 ? "named " : "");
        say(STDOUT_FILENO, ::fcntl(other, F_GETFD) >= 0 ? "other " : "");
        char byte = 0;
        say(STDOUT_FILENO, ::read(STDIN_FILENO, &byte, 1) == 0 ? "nothing" : "input");
        return ExitCode::ok;
      },
      {"check", "/dev/fd/" + std::to_string(named)});
  CHECK(ended.out == "before\nnamed nothing");
  ::close(named);
  ::close(other);
}

TEST_CASE("C4: code of strangers that does all it can to stay is ended all the same") {
  const Ended ended = run(
      [] {
        begin_strangers_time();
        sigset_t all;
        sigfillset(&all);
        ::sigprocmask(SIG_SETMASK, &all, nullptr);
        ::alarm(0);
        say(STDOUT_FILENO, "here\n");
        for (int fd = 0; fd < 100; ++fd) ::close(fd);
        for (;;) ::sleep(1);
        return ExitCode::ok;
      },
      {}, std::chrono::milliseconds(300));
  CHECK(ended.code == 78);
  CHECK(ended.out == "before\nhere\n");
  CHECK(ended.err ==
        "error: code of a plugin did not come to an end in its time (--allow-plugins gives it more)\n");
}
