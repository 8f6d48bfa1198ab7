#include "core/os/files/file_identity.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temporary_folder.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

bool same(const std::string& one, const std::string& other) {
  const auto first = identify_file(one);
  const auto second = identify_file(other);
  REQUIRE(first);
  REQUIRE(second);
  return first->identity == second->identity;
}

}  // namespace

TEST_CASE("a file is one, whatever leads to it") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "d");
  const std::string file = folder.write("a", "content");
  folder.write("b", "content");
  std::filesystem::create_hard_link(file, folder / "hard");
  std::filesystem::create_symlink(file, folder / "soft");
  std::filesystem::create_symlink("../a", folder / "d/relative");
  std::filesystem::create_directory_symlink(folder / "d", folder / "e");
  for (const char* name : {"a", "d/../a", ".//a", "hard", "soft", "d/relative", "e/relative"})
    CHECK(same(file, folder / name));
  CHECK_FALSE(same(file, folder / "b"));
}

TEST_CASE("a file that is not there yet is known by its folder, through links that lead nowhere") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "d");
  std::filesystem::create_symlink("new", folder / "soft");
  std::filesystem::create_symlink("../soft", folder / "d/twice");
  std::filesystem::create_directory_symlink(folder / "d", folder / "e");
  CHECK(same(folder / "new", folder / "soft"));
  CHECK(same(folder / "new", folder / "d/twice"));
  CHECK(same(folder / "d/x", folder / "e/x"));
  CHECK_FALSE(same(folder / "new", folder / "d/new"));
  CHECK_FALSE(same(folder / "new", folder / "other"));
}

TEST_CASE("what two may use, or nobody can, is no file") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("circle", folder / "circle");
  for (const std::string& path : {std::string("/dev/null"), folder.path().string(), folder / "nowhere/x",
                                  folder / "circle", std::string()})
    CHECK_FALSE(identify_file(path));
}

TEST_CASE("a descriptor is the file that it was opened for, and a pipe is read once") {
  const TemporaryFolder folder;
  const std::string file = folder.write("a", "content");
  const std::string fifo = folder / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const int fd = ::open(file.c_str(), O_RDONLY);
  REQUIRE(fd >= 0);
  CHECK(identify_descriptor(fd)->identity == identify_file(file)->identity);
  CHECK_FALSE(identify_descriptor(fd)->pipe);
  ::close(fd);
  CHECK_FALSE(identify_descriptor(fd));
  CHECK(identify_file(fifo)->pipe);
}
