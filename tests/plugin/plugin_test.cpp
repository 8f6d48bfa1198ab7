#include "core/plugin/plugin.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

#include "core/base/interface_note.hpp"
#include "core/os/trusted_file.hpp"
#include "core/plugin/loading_reports.hpp"
#include "core/plugin/plugin_file.hpp"
#include "tests/support/temporary_folder.hpp"

/// Plugins as files: what the loader says of every kind of file that is none. Real ones are built and loaded
/// by tests/element/plugin_test.py.
namespace ixyflow::test {
namespace {

/// A file that may be a plugin.
class File {
 public:
  [[nodiscard]] std::string path() const { return folder_ / "plugin.so"; }
  [[nodiscard]] std::string folder() const { return folder_.path().string(); }
  [[nodiscard]] std::string written(std::string_view content) const {
    return folder_.write("plugin.so", content);
  }

 private:
  TemporaryFolder folder_;
};

template <class T>
std::string bytes_of(const T& object) {
  return {reinterpret_cast<const char*>(&object), sizeof object};
}

/// What is said of a plugin's file before it is loaded.
std::string why_not(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return check_plugin_file(file.get());
}

InterfaceNote note(std::uint32_t version) {
  InterfaceNote note;
  note.version = version;
  return note;
}

/// The smallest file that carries notes: an ELF header, one segment, and the notes behind it.
struct TinyElf {
  Elf64_Ehdr header{};
  Elf64_Phdr segment{};
  std::string notes;

  explicit TinyElf(std::vector<std::uint32_t> versions) {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_DYN;
#if defined(__aarch64__)
    header.e_machine = EM_AARCH64;
#else
    header.e_machine = EM_X86_64;
#endif
    header.e_version = EV_CURRENT;
    header.e_phoff = sizeof header;
    header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof segment;
    header.e_phnum = 1;
    segment.p_type = PT_NOTE;
    segment.p_offset = sizeof header + sizeof segment;
    segment.p_align = 4;
    for (const std::uint32_t version : versions) notes += bytes_of(note(version));
    segment.p_filesz = notes.size();
  }
  [[nodiscard]] std::string content() const {
    return bytes_of(header) + bytes_of(segment) + notes;
  }
};

}  // namespace

TEST_CASE("C4: a plugin that does not come back from being loaded ends the process with its name") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    const std::string name = "slow.so";
    const LoadingReports reports(name, 1);
    for (;;) ::pause();
  }
  ::close(ends[1]);
  std::string said;
  for (char byte = 0; ::read(ends[0], &byte, 1) == 1;) said += byte;
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 78);
  CHECK(said == "ixyflow: plugin 'slow.so': it did not come back in time while it was loaded\n");
}

TEST_CASE("C4: an alarm that somebody else had set goes on when a plugin is loaded") {
  ::alarm(1000);
  const std::string name = "fast.so";
  { const LoadingReports reports(name); }
  CHECK(::alarm(0) > 900);
  { const LoadingReports reports(name); }
  CHECK(::alarm(0) == 0);
}

TEST_CASE("C1: what is no shared object is refused") {
  const File file;
  CHECK_THAT(load_plugin(file.path()).error().text, Catch::Contains("No such file"));
  CHECK_THAT(load_plugin(file.folder()).error().text, Catch::Contains("no regular file"));
  CHECK_THAT(load_plugin("/dev/zero").error().text, Catch::Contains("no regular file"));
  CHECK_THAT(load_plugin(file.written("")).error().text, Catch::Contains("no shared object"));
  CHECK_THAT(
      load_plugin(
          file.written("#!/bin/sh\necho this is text, and it is long enough for a header, is it not?\n"))
          .error()
          .text,
      Catch::Contains("no shared object"));
}

TEST_CASE("C1: a shared object of another machine or without a note is refused") {
  const File file;
  TinyElf elf({kInterfaceVersion});
  CHECK(why_not(file.written(elf.content())) == "");
  elf.header.e_machine = EM_ARM;
  CHECK_THAT(why_not(file.written(elf.content())), Catch::Contains("another machine"));
  elf = TinyElf({kInterfaceVersion});
  elf.header.e_ident[EI_CLASS] = ELFCLASS32;
  CHECK_THAT(why_not(file.written(elf.content())), Catch::Contains("another machine"));
  CHECK_THAT(why_not(file.written(TinyElf({}).content())), Catch::Contains("no ixyflow plugin"));
}

TEST_CASE("C1: an ELF cut anywhere, or with any byte wrong, is refused or understood, and nothing else") {
  const File file;
  const std::string whole = TinyElf({kInterfaceVersion, kInterfaceVersion}).content();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    CHECK(why_not(file.written(whole.substr(0, size))) != "");
  }
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int value : {0x00, 0x7f, 0x80, 0xff}) {
      std::string wrong = whole;
      wrong[at] = static_cast<char>(value);
      static_cast<void>(why_not(file.written(wrong)));
    }
}

TEST_CASE("C2: another version is refused, both versions named, and nothing is loaded") {
  const File file;
  const auto loaded =
      load_plugin(file.written(TinyElf({kInterfaceVersion, kInterfaceVersion + 1}).content()));
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().code == ExitCode::configuration);
  CHECK_THAT(loaded.error().text,
             Catch::Contains("version " + std::to_string(kInterfaceVersion + 1)) &&
                 Catch::Contains("this is version " + std::to_string(kInterfaceVersion)) &&
                 Catch::Contains("not loaded"));
}

TEST_CASE("C3: what the dynamic linker refuses is reported") {
  const File file;
  CHECK_THAT(load_plugin(file.written(TinyElf({kInterfaceVersion}).content())).error().text,
             Catch::Contains("not loaded"));
}

TEST_CASE("C8: a plugin that others can change or exchange is refused") {
  const File file;
  const std::string path = file.written(TinyElf({kInterfaceVersion}).content());
  const auto refusal = [&path] { return load_plugin(path).error().text; };
  const auto mode = [](const std::string& of, mode_t bits) { REQUIRE(::chmod(of.c_str(), bits) == 0); };
  // The dynamic linker alone has something against it.
  REQUIRE_THAT(refusal(), !Catch::Contains("written by") && !Catch::Contains("belongs to"));

  mode(path, 0666);
  CHECK_THAT(refusal(), Catch::Contains("it can be written by everybody, as its mode 0666 says"));
  mode(path, 0644);
  for (const mode_t open : {0777U, 0757U}) {
    mode(file.folder(), open);
    CHECK_THAT(refusal(), Catch::Contains("its folder '" + file.folder() + "' can be written by everybody"));
  }
  mode(file.folder(), 01777);
  CHECK_THAT(refusal(), !Catch::Contains("written by"));
  mode(file.folder(), 0755);
}

TEST_CASE("C8: a plugin in a folder that others could exchange is refused, however deep") {
  const File file;
  const std::string inner = file.folder() + "/inner";
  REQUIRE(::mkdir(inner.c_str(), 0755) == 0);
  const std::string path = inner + "/plugin.so";
  REQUIRE(::link(file.written(TinyElf({kInterfaceVersion}).content()).c_str(), path.c_str()) == 0);
  REQUIRE(open_trusted(path).has_value());
  REQUIRE(::chmod(file.folder().c_str(), 0777) == 0);
  CHECK_THAT(load_plugin(path).error().text,
             Catch::Contains("its folder '" + file.folder() + "' can be written"));
}

TEST_CASE("C8: a plugin of another user, or in his folder, is refused") {
  if (::geteuid() != 0) {
    WARN("only root can give files away");
    return;
  }
  const File file;
  const std::string path = file.written(TinyElf({kInterfaceVersion}).content());
  REQUIRE(::chown(path.c_str(), 1000, 1000) == 0);
  CHECK_THAT(load_plugin(path).error().text, Catch::Contains("it belongs to user 1000, not to root"));
  REQUIRE(::chown(path.c_str(), 0, 1000) == 0);
  REQUIRE(::chmod(path.c_str(), 0664) == 0);
  CHECK_THAT(load_plugin(path).error().text, Catch::Contains("it can be written by group 1000"));
  REQUIRE(::chown(path.c_str(), 0, 0) == 0);
  REQUIRE(::chown(file.folder().c_str(), 1000, 0) == 0);
  CHECK_THAT(load_plugin(path).error().text,
             Catch::Contains("its folder '" + file.folder() + "' belongs to user 1000"));
  REQUIRE(::chown(file.folder().c_str(), 0, 0) == 0);
  CHECK(open_trusted(path).has_value());
}

TEST_CASE("C8: a link is followed, and what it leads to is looked at") {
  const File file;
  const std::string path = file.written(TinyElf({kInterfaceVersion}).content());
  const TemporaryFolder elsewhere;
  const std::string link = elsewhere / "link.so";
  REQUIRE(::symlink(path.c_str(), link.c_str()) == 0);
  CHECK_FALSE(open_trusted(link).has_value());
  REQUIRE(::chmod(path.c_str(), 0666) == 0);
  CHECK_THAT(load_plugin(link).error().text, Catch::Contains("written by everybody"));
}

}  // namespace ixyflow::test
