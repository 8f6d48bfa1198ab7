#include "core/os/files/trusted_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/os/files/file_mode.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
namespace fs = std::filesystem;

namespace {

/// Whether both stand at the same place.
bool leads_to(const TrustedPath& place, const std::string& path) {
  struct stat found {};
  struct stat wanted {};
  return ::fstatat(place.folder.get(), place.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
         ::stat(path.c_str(), &wanted) == 0 && found.st_dev == wanted.st_dev && found.st_ino == wanted.st_ino;
}

}  // namespace

TEST_CASE("links of one's own are followed wherever they stand") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "real");
  const std::string file = folder.write("real/file", "text");
  fs::create_directory_symlink("real", folder / "near");
  fs::create_directory_symlink(folder / "near", folder / "far");
  fs::create_symlink("../near/file", folder / "real/link");
  fs::create_symlink("missing", folder / "dangling");
  for (const char* path :
       {"real/file", "near/file", "far/file", "far/link", "real/../far/./link", "real//file"}) {
    INFO(path);
    const auto place = follow_own_links(folder / path);
    REQUIRE(place);
    CHECK(leads_to(*place, file));
    CHECK_FALSE(place->magic_link);
  }
  const auto missing = follow_own_links(folder / "dangling");
  REQUIRE(missing);
  CHECK(missing->name == "missing");
}

TEST_CASE("what the kernel alone can follow is left to it") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  for (const std::string folder : {"/proc/self/fd/", "/dev/fd/"}) {
    const auto place = follow_own_links(folder + std::to_string(ends[1]));
    REQUIRE(place);
    CHECK(place->magic_link);
    const int fd = ::openat(place->folder.get(), place->name.c_str(), O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    ::close(fd);
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("paths that lead nowhere are told as the kernel tells them") {
  const TemporaryFolder folder;
  fs::create_symlink("circle", folder / "circle");
  folder.write("file", "");
  for (const auto& [path, text] : {std::pair{folder / "circle", "Too many levels of symbolic links"},
                                   {folder / "file/below", "Not a directory"},
                                   {folder / "nothing/below", "No such file or directory"},
                                   {std::string(), "No such file or directory"}}) {
    const auto place = follow_own_links(path);
    REQUIRE_FALSE(place);
    CHECK(place.error().code == ExitCode::output);
    CHECK(place.error().text.find(text) != std::string::npos);
  }
}

TEST_CASE("links of another user are refused, at the end of a path and in its middle") {
  if (::geteuid() != 0) {
    WARN("not tried: only root can make links of another user");
    return;
  }
  const TemporaryFolder folder;
  fs::create_directory(folder / "real");
  folder.write("real/file", "text");
  fs::create_directory_symlink("real", folder / "middle");
  fs::create_symlink("real/file", folder / "end");
  fs::create_symlink("end", folder / "own");
  for (const char* link : {"middle", "end"}) REQUIRE(::lchown((folder / link).c_str(), 65534, 65534) == 0);
  for (const char* path : {"middle/file", "end", "own"}) {
    INFO(path);
    const auto place = follow_own_links(folder / path);
    REQUIRE_FALSE(place);
    CHECK(place.error().code == ExitCode::refused);
    CHECK(place.error().text.find("belongs to another user (65534)") != std::string::npos);
  }
}

TEST_CASE("permissions are read as octal digits") {
  CHECK(parse_file_mode("0640").value() == 0640);
  CHECK(parse_file_mode("600").value() == 0600);
  CHECK(parse_file_mode("0").value() == 0);
  for (const char* wrong : {"", "rw-", "0x80", "0648", "-1", "1777", " 600", "600 ", "99999999999999"}) {
    INFO(wrong);
    CHECK_FALSE(parse_file_mode(wrong));
  }
}
