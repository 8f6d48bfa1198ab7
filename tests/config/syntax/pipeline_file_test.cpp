#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "tests/config/config_support.hpp"
#include "tests/support/frames.hpp"
#include "tests/support/temporary_folder.hpp"

namespace ixyflow::test {
namespace {

namespace fs = std::filesystem;

/// Reads `path` and checks that it is refused, in less than a second, with `why`.
void check_unreadable(const std::string& path, const std::string& why) {
  const auto start = std::chrono::steady_clock::now();
  const auto text = read_pipeline_text(path);
  REQUIRE_FALSE(text.has_value());
  CHECK(text.error().code == ExitCode::input);
  CHECK_THAT(text.error().text, Catch::Contains(why));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
}

struct Usage {
  int status = 0;
  double cpu_seconds = 0;
  double mebibytes = 0;
};

/// Runs `work` in a process of its own. Processor time, because the machine may be busy with other tests.
template <class Work>
Usage measure(Work work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(work());
  Usage usage;
  rusage resources{};
  REQUIRE(::wait4(child, &usage.status, 0, &resources) == child);
  const auto seconds = [](const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
  usage.cpu_seconds = seconds(resources.ru_utime) + seconds(resources.ru_stime);
  usage.mebibytes = double(resources.ru_maxrss) / 1024;
  return usage;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// The text must be refused with `message`, or accepted when there is none, in little time and memory.
void check_bounded(const std::string& text, const std::string& message) {
  const Usage usage = measure([&] {
    const Built built = build(text);
    const bool refused = !built.pipeline && built.text().find(message) != std::string::npos;
    return (message.empty() ? built.pipeline.has_value() : refused) ? 0 : 1;
  });
  INFO(message);
  CHECK(usage.status == 0);
  if (!kSanitized) {
    CHECK(usage.cpu_seconds < 1);
    CHECK(usage.mebibytes < 64);
  }
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  result.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("A1: an empty file and one of comments are refused") {
  check_refused("", "[graph] is missing: nothing says how elements are wired");
  check_refused("# nothing\n# at all\n", "[graph] is missing");
}

TEST_CASE("A1: what cannot be read is refused at once") {
  const TemporaryFolder folder;
  check_unreadable(folder / "missing.toml", "No such file");
  check_unreadable(folder / "", "directory");
  check_unreadable("/dev/zero", "neither a file nor a pipe");
  check_unreadable("/dev/null", "neither a file nor a pipe");
  fs::create_symlink("loop", folder / "loop");
  check_unreadable(folder / "loop", "symbolic links");
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  check_unreadable(folder / "fifo", "nobody writes");
}

TEST_CASE("A1: a file without rights is refused to a user without rights") {
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::all);  // the other user must reach the file
  std::ofstream(folder / "secret.toml") << "x = 1\n";
  REQUIRE(::chmod((folder / "secret.toml").c_str(), 0) == 0);
  const Usage usage = measure([&] {
    if (::geteuid() == 0 && ::setresuid(1000, 1000, 1000) != 0) return 2;
    const auto text = read_pipeline_text(folder / "secret.toml");
    return !text && text.error().text.find("Permission denied") != std::string::npos ? 0 : 1;
  });
  CHECK(usage.status == 0);
}

TEST_CASE("a pipeline can come through a pipe") {
  const TemporaryFolder folder;
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  const int keep = ::open((folder / "fifo").c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::write(keep, "x = 1\n", 6) == 6);
  const int reader = ::open((folder / "fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ::close(keep);
  const auto text = read_pipeline_text("/proc/self/fd/" + std::to_string(reader));
  ::close(reader);
  REQUIRE(text.has_value());
  CHECK(*text == "x = 1\n");
}

TEST_CASE("A2: an example cut at any byte is refused or right, and never crashes") {
  // Every byte takes sanitizers two minutes; fuzzing does that for them.
  constexpr std::size_t kStep = kSanitized ? 7 : 1;
  for (const auto& entry : fs::directory_iterator(source_path() / "pipelines")) {
    if (entry.path().extension() != ".toml") continue;
    const auto text = read_pipeline_text(entry.path().string());
    REQUIRE(text.has_value());
    for (std::size_t size = 0; size < text->size(); size += kStep) {
      const Built built = build(text->substr(0, size));
      if (built.pipeline.has_value() != built.diagnostics.ok())
        FAIL(entry.path() << " cut at " << size << "\n" << built.text());
    }
  }
}

TEST_CASE("A3: a byte order mark and CRLF are accepted") {
  std::string text = pipeline_with("ttl = 7");
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.insert(at, "\r");
  check_accepted("\xef\xbb\xbf" + text);
  const Built built = build(
      "\xef\xbb\xbf"
      "x = 1\r\ny = = 2\r\n");
  REQUIRE(built.diagnostics.errors() == 1);
  CHECK(built.diagnostics.sorted()[0].where.line == 2);
}

TEST_CASE("A3: NUL bytes, invalid UTF-8 and control characters are refused where they stand") {
  check_refused(std::string("x = \"a«\0b\"\n", 13), "control character U+0000");
  check_refused("x = \"\303\244«\xff\"\n", "byte 0xff is not UTF-8");
  check_refused("# «\xc0\xaf\n", "byte 0xc0 is not UTF-8");
  check_refused("x = 1\n[elements.\"a«\x1b[31m\"]\n", "control character U+001B");
  check_refused("x = 1«\x7f\n", "control character U+007F");
  check_refused(pipeline_with("[elements.«\"a\\u001b\"]\ntype = \"ProbeStep\"\n"),
                "is no name for an element");
}

TEST_CASE("A3: a table whose name is none is refused where it starts") {
  for (const char* text : {"[«.a]\n", "x = 1\n  [[ «\xc3\xa4]]\n", "[«=]\n", "[«#\n"})
    check_refused(text, "a table's name starts with");
}

TEST_CASE("A3: characters beyond ASCII stand in strings and comments only") {
  check_accepted(pipeline_with("text = \"\xc3\xbc \xf0\x9f\x90\x9f\"  # \xc3\xa4"));
  check_refused("x = «\xc3\xa9\n", "keys and names are ASCII");
  check_refused("«\xc3\xa9 = 1\n", "keys and names are ASCII");
  check_refused("x = «\u201ctext\u201d\n", "is no quotation mark of TOML");
  check_refused("x = \"\"\"a \\\n  «\xc3\xa9\"\"\"\n", "behind a backslash");
  check_refused("x = \"\"\"a\\«\xc3\xa9\"\"\"\n", "behind a backslash");
  // Of a number the parser looks at all up to the next blank.
  check_refused("x = «0\"\xc9\x91\"\n", "a text stands in quotes");
}

TEST_CASE("A4: what is defined twice is refused with the lines of both") {
  check_refused("[a]\nx = 1\n«x = 2\n", "'x' is defined twice: in line 2 and here");
  check_refused("[a]\nx = 1\n[b]\n[«a]\ny = 2\n", "'a' is defined twice: in line 1 and here");
  check_refused("a = { x = 1, «x = 2 }\n", "'x' is defined twice: in line 1 and here");
  check_refused("a.b = 1\n«a.b.c = 2\n", "in line 1 and here");
  check_refused("[a]\nb = 1\n[«a.b]\nc = 1\n", "in line 2 and here");
  check_refused("a = 1\n[[«a]]\n", "in line 1 and here");
  check_refused("[elements.\"x\"]\n[elements.y]\n[«elements.\"x\"]\n", "in line 1 and here");
}

TEST_CASE("A4: a wrong type of value is refused with what is right") {
  check_refused(pipeline_with("ttl = «[1]"), "ttl");
  check_refused(pipeline_with("flag = «1"), "flag");
  check_refused(pipeline_with("«cores = 1"), "unknown key 'cores'");
  check_refused("«elements = 1\n", "'elements' must be a table");
  check_refused("[elements]\n«a = 1\n", "must be a table");
  check_refused(pipeline_with("", "«1"), "a path is a text");
  check_refused(pipeline_with("wait = «1979-05-27"), "dates");
}

TEST_CASE("A6: what is too deep, too long or too much is refused by a stated limit") {
  check_bounded("x = " + repeated("[", 10'000) + repeated("]", 10'000), "nested deeper than 32");
  check_bounded("x = " + repeated("{ a = ", 10'000), "nested deeper than 32");
  check_bounded(repeated("a.", 10'000) + "a = 1", "more than 16 parts");
  check_bounded("[" + repeated("a.", 10'000) + "a]", "more than 16 parts");
  check_bounded("x = \"" + std::string(10'000'000, 'x') + "\"", "a string is longer than 1048576 bytes");
  check_bounded("routes = [" + repeated("\"10.0.0.0/8\", ", 1'000'000) + "]", "more than 100000 values");
  check_bounded("x = [" + repeated("1,", 99'000) + "]", "unknown key 'x'");
}

TEST_CASE("A6: 100,000 elements are refused, some thousand are read quickly") {
  const auto chain = [](int count) {
    std::string text =
        "[elements.source]\ntype = \"ProbeSource\"\nport = \"near\"\n[ports.near]\ndriver = \"probe\"\n";
    std::string path = "source";
    for (int i = 0; i < count; ++i) {
      text += "[elements.e" + std::to_string(i) + "]\ntype = \"ProbeStep\"\n";
      path += " -> e" + std::to_string(i);
    }
    return text + "[graph]\npaths = [\"" + path + "\"]\n";
  };
  check_bounded(chain(100'000), "more than 100000 values");
  check_bounded(chain(10'001), "more than 10000 elements");
  check_bounded(chain(5'000), "");
}

TEST_CASE("A6: mistakes by the thousand take no more time than they deserve") {
  std::string keys;
  std::string hops;
  for (int i = 0; i < 9'000; ++i) {
    keys += "key" + std::to_string(i) + " = 1\n";
    hops += " -> hop" + std::to_string(i);
  }
  check_bounded(pipeline_with(keys), "unknown key 'key0'");
  check_bounded(pipeline_with("", "\"source -> step -> sink\", \"step[1]" + hops + "\""),
                "there is no element 'hop0'");
  check_bounded(pipeline_with("[rings]\n" + repeated("\"a -> b\" = {}\n", 1)), "there is no element 'a'");
  check_bounded(pipeline_with("", "\"source -> step" + repeated(" -> step", 60'000) + "\""), "wired twice");
}

TEST_CASE("A file larger than the limit is not read") {
  const TemporaryFolder folder;
  std::ofstream(folder / "large.toml") << std::string((4 << 20) + 1, '#');
  check_unreadable(folder / "large.toml", "more than 4 MiB");
}

}  // namespace ixyflow::test
