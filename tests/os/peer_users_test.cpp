#include "core/os/peer_users.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "core/os/bound_socket.hpp"
#include "core/os/files/file_mode.hpp"
#include "core/os/unix_address.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

constexpr uid_t kStranger = 12345;

bool contains(const Result<void>& result, const std::string& part) {
  return !result && result.error().text.find(part) != std::string::npos;
}

/// A process of another user that does `act` and waits to be ended.
class Stranger {
 public:
  template <class Act>
  explicit Stranger(Act act) : pid_(::fork()) {
    if (pid_ != 0) return;
    if (::setgid(kStranger) != 0 || ::setuid(kStranger) != 0) ::_exit(1);
    act();
    ::pause();
    ::_exit(0);
  }
  ~Stranger() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

 private:
  pid_t pid_;
};

}  // namespace

TEST_CASE("F24 a process of one's own is a peer, and names of users are looked up") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const FileDescriptor one(ends[0]);
  const FileDescriptor other(ends[1]);
  for (const char* user : {"", "root", "0", "12345"}) {
    const auto users = PeerUsers::of(user);
    REQUIRE(users);
    CHECK(users->check(one.get(), "x"));
  }
  CHECK_FALSE(PeerUsers::of("no such user"));
  CHECK_FALSE(PeerUsers::of("4294967295"));
  CHECK_FALSE(PeerUsers::of("-1"));
  CHECK(user_number("root") == uid_t{0});
  CHECK(group_number("root") == gid_t{0});
  CHECK_FALSE(group_number("no such group"));
}

TEST_CASE("F24 another user's process is no peer unless it is allowed, whichever side listens") {
  if (::geteuid() != 0) return;
  const TemporaryFolder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
  const std::string path = folder / "x.sock";
  const auto check = [&path](int socket) {
    const auto refused = PeerUsers().check(socket, path);
    CHECK(contains(refused, "runs as user 12345"));
    CHECK(contains(refused, "peer_user = \"12345\""));
    CHECK(PeerUsers::of("12345")->check(socket, path));
  };
  SECTION("we listen") {
    const auto listener =
        BoundSocket::open(path, SOCK_STREAM, "", {.mode = "0666", .owner = {}, .group = {}});
    REQUIRE(listener);
    const Stranger stranger([&path] {
      static const FileDescriptor socket = unix_socket(SOCK_STREAM);
      const auto address = UnixAddress::of(path);
      ::connect(socket.get(), address->get(), address->length);
    });
    FileDescriptor socket;
    while (!socket.open()) socket = FileDescriptor(::accept4(listener->fd(), nullptr, nullptr, SOCK_CLOEXEC));
    check(socket.get());
  }
  SECTION("the other side listens") {
    const Stranger stranger([&path] { static const auto listener = BoundSocket::open(path, SOCK_STREAM); });
    const FileDescriptor socket = unix_socket(SOCK_STREAM);
    const auto address = UnixAddress::of(path);
    while (::connect(socket.get(), address->get(), address->length) != 0) continue;
    check(socket.get());
  }
}

TEST_CASE("a socket gets its mode, owner and group, or is not made") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.sock";
  const auto open = [&path](const SocketRights& rights) {
    return BoundSocket::open(path, SOCK_STREAM, "", rights);
  };
  struct stat status {};
  {
    const auto socket = open({.mode = "0624", .owner = {}, .group = {}});
    REQUIRE(socket);
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0624);
  }
  for (const char* mode : {"0999", "rw", "01777", "0x1ff", "-1", "0660 "}) CHECK_FALSE(parse_file_mode(mode));
  CHECK(open({.mode = {}, .owner = "no such user", .group = {}}).error().code == ExitCode::configuration);
  CHECK(open({.mode = {}, .owner = {}, .group = "no such group"}).error().code == ExitCode::configuration);
  CHECK(::lstat(path.c_str(), &status) != 0);
  if (::geteuid() != 0) return;
  const auto socket = open({.mode = "0660", .owner = "12345", .group = "54321"});
  REQUIRE(socket);
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  CHECK(status.st_uid == 12345);
  CHECK(status.st_gid == 54321);
  CHECK((status.st_mode & 07777) == 0660);
}
