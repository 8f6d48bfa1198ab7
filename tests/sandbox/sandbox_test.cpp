#include "core/sandbox/sandbox.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/os/file_descriptor.hpp"
#include "core/sandbox/capabilities.hpp"
#include "core/sandbox/lax.hpp"
#include "core/sandbox/refused_calls.hpp"
#include "tests/support/temporary_folder.hpp"

/// What a process can still do that has given up its rights. Each trial is a child, because there is no way
/// back.
namespace ixyflow::test {
namespace {

/// What `trial` finds wrong in a child of its own, a line each.
std::string in_child(const std::function<std::string()>& trial) {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const std::string wrong = trial() + "end";
    [[maybe_unused]] const ssize_t written = ::write(ends[1], wrong.data(), wrong.size());
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(count));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  // Whoever was killed has not come to its end.
  if (!text.ends_with("end")) return text + "killed, status " + std::to_string(status);
  text.resize(text.size() - 3);
  return text;
}

struct Attempt {
  std::string call;
  std::function<long()> make;
};

/// Which of the attempts were not refused with EPERM and noted.
std::string not_refused(const std::vector<Attempt>& attempts) {
  std::string wrong;
  for (const Attempt& attempt : attempts) {
    errno = 0;
    const long result = attempt.make();
    const int error = errno;
    const auto noted = take_refused_calls();
    if (result != -1 || error != EPERM || noted.size() != 1 || noted[0].call != attempt.call)
      wrong += attempt.call + ": " + std::to_string(result) + ", errno " + std::to_string(error) +
               ", noted " + (noted.empty() ? "nothing" : noted[0].call) + "\n";
  }
  return wrong;
}

std::string status_line(const std::string& key) {
  std::ifstream status("/proc/thread-self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key + ":\t")) return line.substr(key.size() + 2);
  return "?";
}

char* const kNoArguments[] = {nullptr};

/// What no thread may do once a run is under way.
std::vector<Attempt> harm() {
  return {{"execve", [] { return ::execve("/bin/true", kNoArguments, kNoArguments); }},
          {"kill", [] { return ::kill(::getppid(), 0); }},
          {"ptrace", [] { return ::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr); }},
          {"rename", [] { return ::rename("/nowhere", "/elsewhere"); }},
          {"mkdir", [] { return ::mkdir("/nowhere/at/all", 0700); }},
          {"chmod", [] { return ::chmod("/nowhere", 0700); }},
          {"fcntl", [] { return ::fcntl(0, F_SETOWN, ::getppid()); }},
          {"ioctl", [] { return ::ioctl(0, TIOCSTI, "x"); }},
          {"prctl", [] { return ::prctl(PR_SET_DUMPABLE, 1); }},
          {"unshare", [] { return ::unshare(CLONE_NEWUSER); }}};
}

}  // namespace

TEST_CASE("P2: a control thread may meet peers, and do no harm") {
  if (kLaxSandbox) return;
  CHECK(in_child([] {
          note_refused_calls();
          Sandbox({}).enter_control();
          auto attempts = harm();
          attempts.push_back({"socket", [] { return ::socket(AF_INET, SOCK_STREAM, 0); }});
          attempts.push_back({"mmap", [] {
                                return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC,
                                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
                                           ? -1L
                                           : 0L;
                              }});
          std::string wrong = not_refused(attempts);
          if (!FileDescriptor(::socket(AF_UNIX, SOCK_STREAM, 0)).open()) wrong += "no UNIX socket\n";
          return wrong;
        }) == "");
}

TEST_CASE("P2: a worker may work on what is open, and meet nobody") {
  if (kLaxSandbox) return;
  CHECK(in_child([] {
          note_refused_calls([]() noexcept { return "rewrite"; });
          Sandbox sandbox({});
          sandbox.enter_control();
          sandbox.enter_worker();
          auto attempts = harm();
          attempts.push_back({"socket", [] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }});
          attempts.push_back({"unlink", [] { return ::unlink("/nowhere"); }});
          std::string wrong = not_refused(attempts);
          if (static_cast<void>(::connect(0, nullptr, 0)), take_refused_calls().at(0).by != "rewrite")
            wrong += "nobody knows who it was\n";
          return wrong;
        }) == "");
}

TEST_CASE("P1: all threads lose what the process does not need") {
  CHECK(in_child([] {
          note_refused_calls();
          std::atomic<bool> restricted{false};
          std::string wrong;
          // Nobody knows of it, as of one that a plugin has started.
          std::thread other([&] {
            restricted.wait(false);
            if (status_line("Seccomp") != "2" || status_line("NoNewPrivs") != "1")
              wrong += "another thread is free\n";
          });
          Sandbox sandbox({.reads = {"/proc/self"}});
          sandbox.enter_control();
          restricted = true;
          restricted.notify_all();
          other.join();
          if (status_line("CapEff").find_first_not_of('0') != std::string::npos) wrong += "capabilities\n";
          if (status_line("CapPrm").find_first_not_of('0') != std::string::npos) wrong += "permitted ones\n";
          for (const std::string& missing : sandbox.missing()) wrong += missing + "\n";
          return wrong;
        }) == "");
}

TEST_CASE("P3: no file can be opened but those that were named") {
  if (kLaxSandbox) return;
  const TemporaryFolder folder;
  const std::string readable = folder.write("readable", "x");
  const std::string writable = folder.write("writable", "x");
  const std::string other = folder.write("other", "x");
  const TemporaryFolder sockets;
  const std::string socket = sockets.write("socket", "");
  CHECK(
      in_child([&] {
        const FileDescriptor before(::open(other.c_str(), O_RDWR));
        Sandbox sandbox({.reads = {readable, "/nowhere/at/all"}, .writes = {writable}, .removes = {socket}});
        sandbox.enter_control();
        if (!sandbox.missing().empty()) return std::string();  // a kernel without Landlock
        std::string wrong;
        const auto expect = [&wrong](const std::string& path, int flags, bool possible) {
          if (FileDescriptor(::open(path.c_str(), flags)).open() != possible)
            wrong += path + (possible ? " cannot be opened\n" : " can be opened\n");
        };
        expect(readable, O_RDONLY, true);
        expect(readable, O_WRONLY, false);
        expect(writable, O_RDWR | O_TRUNC, true);
        expect(other, O_RDONLY, false);
        expect("/etc/passwd", O_RDONLY, false);
        if (::unlink(other.c_str()) == 0) wrong += "what was not named can be removed\n";
        if (::unlink(socket.c_str()) != 0) wrong += "the socket cannot be removed\n";
        if (::write(before.get(), "y", 1) != 1) wrong += "what was open is not any more\n";
        return wrong;
      }) == "");
}

TEST_CASE("P1: the right to pass over modes is kept only where something is out of reach without") {
  if (::geteuid() != 0) {
    WARN("only root has it");
    return;
  }
  const std::uint64_t override = std::uint64_t{1} << CAP_DAC_OVERRIDE;
  const TemporaryFolder folder;
  const std::string socket = folder.write("socket", "");
  CHECK(needed_capabilities({.removes = {socket}, .meets = {socket}}) == 0);
  CHECK(needed_capabilities({.capabilities = 5}) == 5);
  REQUIRE(::chown(socket.c_str(), 1000, 1000) == 0);
  CHECK(needed_capabilities({.removes = {socket}}) == 0);
  CHECK(needed_capabilities({.meets = {socket}}) == override);
  REQUIRE(::chown(folder.path().c_str(), 1000, 1000) == 0);
  CHECK(needed_capabilities({.removes = {socket}}) == override);
  // Nothing was lost by asking.
  CHECK(::access(socket.c_str(), W_OK) == 0);
}

TEST_CASE("C12: who only looks can read, and do nothing else") {
  if (kLaxSandbox) return;
  const TemporaryFolder folder;
  const std::string file = folder.write("file", "x");
  CHECK(in_child([&] {
          note_refused_calls();
          if (const auto entered = enter_looking_sandbox(); !entered) return entered.error().text;
          auto attempts = harm();
          attempts.push_back({"openat", [&] { return ::open(file.c_str(), O_WRONLY); }});
          attempts.push_back({"socket", [] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }});
          attempts.push_back({"unlink", [&] { return ::unlink(file.c_str()); }});
          attempts.push_back({"clone", [] { return ::fork(); }});
          std::string wrong = not_refused(attempts);
          if (!FileDescriptor(::open(file.c_str(), O_RDONLY)).open()) wrong += "nothing can be read\n";
          if (::open((folder / "new").c_str(), O_RDWR | O_CREAT, 0600) >= 0) wrong += "a file was made\n";
          // Others may have the same open file.
          int one = 1;
          if (::fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) == 0) wrong += "flags were set\n";
          if (::ioctl(STDIN_FILENO, FIONBIO, &one) == 0) wrong += "a flag was set\n";
          bool ran = false;
          std::thread([&ran] { ran = true; }).join();
          if (!ran) wrong += "no thread\n";
          return wrong;
        }) == "");
}

TEST_CASE("C12: who only looks can kill the one child that it started") {
  if (kLaxSandbox) return;
  CHECK(in_child([] {
          const pid_t child = ::fork();
          if (child == 0) {
            ::poll(nullptr, 0, 60'000);
            ::_exit(0);
          }
          note_refused_calls();
          static_cast<void>(enter_looking_sandbox(child));
          std::string wrong;
          if (::kill(::getppid(), 0) == 0) wrong += "others can be sent signals\n";
          if (::kill(child, SIGKILL) != 0) wrong += "the child lives on\n";
          int status = 0;
          if (::waitpid(child, &status, 0) != child) wrong += "the child is not its own\n";
          return wrong;
        }) == "");
}

}  // namespace ixyflow::test
