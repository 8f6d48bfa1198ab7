// Who may come to a port `vhost`, and who listens where it goes.

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "core/os/unix_address.hpp"
#include "tests/virtio/device/vhost_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// A process of user 12345 that is connected to `path`, as soon as it can.
pid_t connect_as_stranger(const std::string& path) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  if (::setgid(12345) != 0 || ::setuid(12345) != 0) ::_exit(1);
  const FileDescriptor socket = unix_socket(SOCK_STREAM);
  const auto address = UnixAddress::of(path);
  if (::connect(socket.get(), address->get(), address->length) != 0) ::_exit(2);
  ::pause();
  ::_exit(0);
}

std::string mistakes(PortRig::Parameters parameters) {
  parameters.emplace_back("socket", std::string("x.sock"));
  const PortRig rig("vhost", std::move(parameters));
  return rig.diagnostics.ok() ? "" : rig.diagnostics.render();
}

}  // namespace

TEST_CASE("F24 a front end of another user is sent away, unless the port names that user") {
  if (::geteuid() != 0) return;
  const bool named = GENERATE(false, true);
  VhostRig rig({{"mode", std::string("0666")}, {"peer_user", std::string(named ? "12345" : "")}});
  REQUIRE(::chmod(rig.directory.path().c_str(), 0755) == 0);
  rig.must_open();
  const pid_t stranger = connect_as_stranger(rig.path);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (rig.events().find(named ? "says nothing" : "is not trusted") == std::string::npos &&
         std::chrono::steady_clock::now() < until) {
    rig.look();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ::kill(stranger, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(stranger, &status, 0) == stranger);
  CHECK(WIFSIGNALED(status));
  CHECK((rig.events().find("runs as user 12345, and is not trusted") == std::string::npos) == named);
  // Who is trusted is served after it.
  std::this_thread::sleep_for(std::chrono::milliseconds(110));
  Guest guest(rig);
  guest.begin();
  guest.transmit(frame(60));
  CHECK(take(rig).size() == 1);
}

TEST_CASE("rights of a socket that cannot be are refused before anything runs") {
  CHECK(mistakes({{"mode", std::string("0660")}, {"group", std::string("root")}}).empty());
  CHECK(mistakes({{"mode", std::string("rw")}}).find("permissions of a file in octal") != std::string::npos);
  for (const char* key : {"mode", "owner", "group"})
    CHECK(mistakes({{key, std::string("0660")}, {"connect", true}}).find("the other side's") !=
          std::string::npos);
}
