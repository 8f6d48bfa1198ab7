#include "core/os/files/lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/os/file_descriptor.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using std::chrono::milliseconds;

TEST_CASE("a lock is for one at a time, and its file goes with it") {
  const TemporaryFolder folder;
  const std::string directory = folder / "locks";
  {
    const auto lock = LockFile::take(directory, "card", milliseconds(0));
    REQUIRE(lock);
    struct stat status {};
    REQUIRE(::stat((directory + "/card.lock").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    CHECK(LockFile::taken(directory, "card"));
    // At once, because its owner lives.
    const auto second = LockFile::take(directory, "card", std::chrono::hours(1));
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ExitCode::again);
    CHECK(LockFile::take(directory, "other", milliseconds(0)));
  }
  CHECK_FALSE(LockFile::taken(directory, "card"));
  CHECK(std::filesystem::is_empty(directory));
  CHECK(LockFile::take(directory, "card", milliseconds(0)));
}

TEST_CASE("whoever is left of a dead owner is waited for") {
  const TemporaryFolder folder;
  const std::string directory = folder / "locks";
  std::filesystem::create_directory(directory);
  ::chmod(directory.c_str(), 0750);
  const std::string path = directory + "/card.lock";
  FileDescriptor left(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(left.open());
  REQUIRE(::write(left.get(), "2147483646\n", 11) == 11);
  REQUIRE(::flock(left.get(), LOCK_EX) == 0);
  CHECK_FALSE(LockFile::take(directory, "card", milliseconds(20)));
  left.reset();
  CHECK(LockFile::take(directory, "card", milliseconds(0)));
}

TEST_CASE("a lock file that others may open, or that is none, is refused") {
  const TemporaryFolder folder;
  const std::string directory = folder / "locks";
  std::filesystem::create_directory(directory);
  ::chmod(directory.c_str(), 0750);
  const std::string path = directory + "/card.lock";
  SECTION("readable") {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    ::fchmod(file.get(), 0644);
  }
  SECTION("a symbolic link") {
    std::filesystem::create_symlink(folder.write("target", ""), path);
  }
  SECTION("a FIFO") {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  }
  const auto lock = LockFile::take(directory, "card", milliseconds(0));
  REQUIRE_FALSE(lock);
  CHECK(lock.error().code == ExitCode::output);
}
