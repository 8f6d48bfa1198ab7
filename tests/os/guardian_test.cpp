#include "core/os/guardian/guardian.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "core/os/bound_socket.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

using Turn = GuardianAct::Turn;

void write_data(std::span<const int> descriptors, std::span<const std::byte> data) noexcept {
  [[maybe_unused]] const ssize_t written = ::write(descriptors[0], data.data(), data.size());
}

const GuardianDuty kWriteData(write_data);

/// What is written to it, until nobody has it open any more for writing.
class Pipe {
 public:
  Pipe() { REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0); }
  ~Pipe() {
    for (const int end : ends_)
      if (end >= 0) ::close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int out() const { return ends_[1]; }
  void close_out() {
    ::close(ends_[1]);
    ends_[1] = -1;
  }
  /// Waits for the end of file, at most a minute.
  std::string all() {
    std::string text;
    pollfd state{.fd = ends_[0], .events = POLLIN, .revents = 0};
    std::array<char, 256> buffer;
    while (::poll(&state, 1, 60'000) == 1) {
      const ssize_t count = ::read(ends_[0], buffer.data(), buffer.size());
      if (count <= 0) return text;
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text + " and no end";
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

GuardianAct leave(std::string_view text, Turn turn, int fd) {
  auto left = GuardianAct::leave(kWriteData, turn, std::array{fd}, std::as_bytes(std::span(text)));
  if (!left) ::_exit(1);
  return std::move(*left);
}

/// A process that does `work` and says so; then it waits to be killed.
class Victim {
 public:
  explicit Victim(const std::function<void()>& work) : pid_(::fork()) {
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::setpgid(0, 0);
      {
        const Guardian guardian;
        work();
      }
      // The guardian, if there was one, is gone as well.
      ::_exit(::waitpid(-1, nullptr, WNOHANG) == -1 ? 0 : 1);
    }
  }
  ~Victim() { end(SIGKILL); }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  static void say_ready(const Pipe& ready) {
    if (::write(ready.out(), "ready", 5) != 5) ::_exit(1);
    ::close(ready.out());
    for (;;) ::pause();
  }
  /// Sends a signal to its whole process group, and waits for its end.
  void end(int signal) {
    if (pid_ < 0) return;
    ::kill(-pid_, signal);
    exit_status();
  }
  int exit_status() {
    int status = -1;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return status;
  }

 private:
  pid_t pid_;
};

}  // namespace

TEST_CASE("K2 what is left when a process is killed is done, the first turn before the second") {
  for (const int signal : {SIGKILL, SIGTERM, SIGINT, SIGUSR1}) {
    Pipe ready;
    Pipe done;
    Victim victim([&] {
      const GuardianAct later = leave("later ", Turn::second, done.out());
      const GuardianAct at_once = leave("at once ", Turn::first, done.out());
      const GuardianAct last = leave("last", Turn::second, done.out());
      { const GuardianAct over = leave("never ", Turn::first, done.out()); }
      Victim::say_ready(ready);
    });
    ready.close_out();
    done.close_out();
    // The guardian has none of the pipes but those of its acts: so this one ends.
    REQUIRE(ready.all() == "ready");
    victim.end(signal);
    CHECK(done.all() == "at once later last");
  }
}

TEST_CASE("a process that has undone everything leaves nothing to do, and no child") {
  Pipe done;
  Victim victim([&] {
    const GuardianAct act = leave("never", Turn::first, done.out());
    const GuardianAct another = leave("never", Turn::second, done.out());
  });
  done.close_out();
  CHECK(done.all().empty());
  CHECK(victim.exit_status() == 0);
}

TEST_CASE("what the guardian only keeps is closed after all else is done") {
  Pipe ready;
  Pipe kept;
  Victim victim([&] {
    auto left = GuardianAct::keep(kept.out());
    if (!left) ::_exit(1);
    const GuardianAct act = leave("done", Turn::second, kept.out());
    ::close(kept.out());
    Victim::say_ready(ready);
  });
  ready.close_out();
  kept.close_out();
  REQUIRE(ready.all() == "ready");
  victim.end(SIGKILL);
  CHECK(kept.all() == "done");
}

TEST_CASE("K2 the socket of a killed process goes, and one that somebody put in its place stays") {
  const TemporaryFolder folder;
  const std::string path = folder / "a.sock";
  Pipe ready;
  Pipe done;
  const bool replaced = GENERATE(false, true);
  Victim victim([&] {
    const auto socket = BoundSocket::open(path, SOCK_STREAM);
    const GuardianAct last = leave("done", Turn::second, done.out());
    Victim::say_ready(ready);
  });
  ready.close_out();
  done.close_out();
  REQUIRE(ready.all() == "ready");
  REQUIRE(std::filesystem::is_socket(path));
  if (replaced) {
    // As long as the old file is open somewhere the new one cannot get its inode.
    std::filesystem::rename(path, folder / "old.sock");
    folder.write("a.sock", "somebody else's");
  }
  victim.end(SIGKILL);
  REQUIRE(done.all() == "done");
  CHECK(std::filesystem::exists(path) == replaced);
}

TEST_CASE("without a guardian acts are nobody's") {
  Pipe done;
  { const GuardianAct act = leave("never", Turn::first, done.out()); }
  done.close_out();
  CHECK(done.all().empty());
}
