#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "tests/tools/control/control_support.hpp"
#include "tools/ixyflow/control/listener.hpp"
#include "tools/ixyflow/json/json.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// Whether `text` is one line of JSON with a result.
bool has_result(const std::string& text) {
  REQUIRE(std::count(text.begin(), text.end(), '\n') == 1);
  const auto reply = tools::parse_json(text);
  return reply && reply->find("result") != nullptr;
}

}  // namespace

TEST_CASE("L4 the socket has mode 0660 whatever the umask, and goes with its server") {
  const TemporaryFolder directory;
  const std::string path = directory / "a.sock";
  for (const mode_t mask : {0000U, 0077U, 0777U}) {
    const mode_t before = ::umask(mask);
    {
      const auto listener = tools::listen_for_clients(path);
      REQUIRE(listener);
      struct stat status {};
      REQUIRE(::stat(path.c_str(), &status) == 0);
      CHECK((status.st_mode & 07777) == 0660);
      CHECK(::umask(mask) == mask);
    }
    ::umask(before);
    CHECK_FALSE(std::filesystem::exists(path));
  }
}

TEST_CASE("L4 what is no socket is refused and never removed") {
  const TemporaryFolder directory;
  const std::string target = directory / "target.sock";
  const auto alive = tools::listen_for_clients(target);
  REQUIRE(alive);
  directory.write("file", "text");
  std::filesystem::create_directory(directory / "folder");
  std::filesystem::create_symlink(target, directory / "link");
  std::filesystem::create_symlink(directory / "nothing", directory / "dangling");
  for (const char* name : {"file", "folder", "link", "dangling"}) {
    const auto before = std::filesystem::symlink_status(directory / name).type();
    const auto listener = tools::listen_for_clients(directory / name);
    REQUIRE_FALSE(listener);
    CHECK(listener.error().code == ExitCode::refused);
    CHECK(std::filesystem::symlink_status(directory / name).type() == before);
  }
  CHECK_FALSE(std::filesystem::exists(directory / "nothing"));
}

TEST_CASE("L4 an abandoned socket is replaced, a live one is not") {
  Deck deck;
  const auto second = tools::listen_for_clients(deck.path);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ExitCode::refused);
  RawClient client = deck.greeted_client();
  CHECK(has_result(deck.ask(client, request("stats.get"))));

  const std::string abandoned = deck.directory / "abandoned.sock";
  std::filesystem::rename(deck.path, abandoned);  // the server does not know it by this name
  deck.server.reset();
  REQUIRE(std::filesystem::exists(abandoned));
  CHECK(tools::listen_for_clients(abandoned));
}

TEST_CASE("L4 a socket that somebody else put in the place stays") {
  Deck deck;
  std::filesystem::remove(deck.path);
  const auto other = BoundSocket::open(deck.path, SOCK_STREAM);
  REQUIRE(other);
  deck.server.reset();
  CHECK(std::filesystem::exists(deck.path));
}

TEST_CASE("L4 nobody keeps a run from its socket by a lock on the folder that it stands in") {
  const TemporaryFolder directory;
  const FileDescriptor strangers(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  REQUIRE(::flock(strangers.get(), LOCK_EX) == 0);
  CHECK(tools::listen_for_clients(directory / "a.sock"));
}

TEST_CASE("L4 a socket has one lock, however its path is spelt") {
  const TemporaryFolder directory;
  const auto listener = tools::listen_for_clients(directory / "a.sock");
  REQUIRE(listener);
  // As if it had not come to listen yet.
  std::filesystem::remove(directory / "a.sock");
  const auto second = tools::listen_for_clients(directory / "./a.sock");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ExitCode::refused);
}
