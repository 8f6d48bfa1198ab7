#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/config/config_support.hpp"
#include "tests/support/temporary_folder.hpp"

namespace ixyflow::test {

namespace {

/// What is wrong with a pipeline from port `near` to port `far`, which read and write these files.
std::string mistakes(const std::string& near, const std::string& far) {
  return build("[ports.near]\ndriver = \"probe\"\n" + near + "\n[ports.far]\ndriver = \"probe\"\n" + far +
               "\n[elements.source]\ntype = \"ProbeSource\"\nport = \"near\"\n"
               "[elements.sink]\ntype = \"ProbeSink\"\nport = \"far\"\n"
               "[graph]\npaths = [\"source -> sink\"]\n")
      .text();
}

std::string reads(const std::string& path) {
  return "read = \"" + path + "\"";
}
std::string writes(const std::string& path) {
  return "write = \"" + path + "\"";
}

bool says(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("E12: nobody overwrites a file that another port uses, whatever they call it") {
  const TemporaryFolder folder;
  const std::string file = folder.write("a", "content");
  std::filesystem::create_hard_link(file, folder / "hard");
  std::filesystem::create_symlink("a", folder / "soft");
  std::filesystem::create_symlink("new", folder / "dangling");
  CHECK(mistakes(reads(file), reads(folder / "hard")).empty());
  for (const char* name : {"a", "hard", "soft"}) {
    CHECK(says(mistakes(reads(file), writes(folder / name)), "ports 'near' and 'far' both use file"));
    CHECK(says(mistakes(writes(file), writes(folder / name)), "ports 'near' and 'far' both use file"));
    CHECK(says(mistakes(reads(file) + "\n" + writes(folder / name), ""),
               "port 'near' would overwrite the file that it reads"));
  }
  CHECK(says(mistakes(writes(folder / "new"), writes(folder / "dangling")), "both use file"));
  CHECK(says(mistakes(reads(file), writes(folder / "hard")), "/hard is the same file)"));
  CHECK(mistakes(reads(file), writes(folder / "new")).empty());
  CHECK(mistakes(writes("/dev/null"), writes("/dev/null")).empty());
}

TEST_CASE("E12: a pipe is read by one port only") {
  const TemporaryFolder folder;
  const std::string fifo = folder / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(says(mistakes(reads(fifo), reads(fifo)), "both use file"));
}

TEST_CASE("E12: no port overwrites the pipeline's own file") {
  CHECK(says(mistakes("", writes("p.toml")), "port 'far' would overwrite the pipeline's own file: p.toml"));
}

}  // namespace ixyflow::test
