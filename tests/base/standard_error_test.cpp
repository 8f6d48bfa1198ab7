#include "core/base/messages/standard_error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "core/base/messages/log.hpp"

using namespace ixyflow;

namespace {

/// A pipe in the place of the standard error, with the reading end in the hands of the test.
class PipedError {
 public:
  PipedError() : before_(::dup(STDERR_FILENO)) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
    read_ = ends[0];
    ::fcntl(read_, F_SETFL, O_NONBLOCK);
  }
  ~PipedError() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    ::close(read_);
  }
  PipedError(const PipedError&) = delete;
  PipedError& operator=(const PipedError&) = delete;

  /// What has come by now.
  std::string read() const {
    std::string text;
    std::array<char, 65536> buffer;
    for (ssize_t count; (count = ::read(read_, buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(count));
    return text;
  }
  /// Everything up to a text, which comes in its own time.
  std::string read_until(const std::string& end) const {
    std::string text;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (text.find(end) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
      text += read();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return text;
  }

 private:
  int before_;
  int read_ = -1;
};

constexpr int kLines = 20'000;  // some four times of what is kept

std::string line(int number) {
  std::string text = std::to_string(number);
  return text + std::string(60 - text.size(), '.') + "\n";
}

}  // namespace

TEST_CASE("without a thread the standard error is written at once") {
  const PipedError pipe;
  write_standard_error("one\n");
  CHECK(pipe.read() == "one\n");
  flush_standard_error();
}

TEST_CASE("a thread writes what is said, in order, and all of it before it goes") {
  const PipedError pipe;
  {
    const StandardErrorThread thread;
    for (int i = 0; i < 100; ++i) write_standard_error(line(i));
    flush_standard_error();
    std::string all;
    for (int i = 0; i < 100; ++i) all += line(i);
    CHECK(pipe.read() == all);
    log(LogLevel::warning, "of the log");
    write_standard_error("last\n");
  }
  CHECK(pipe.read() == "warning: of the log\nlast\n");
}

TEST_CASE(
    "N6 nobody waits for a reader who does not read; what is left out is counted and said in its place") {
  const PipedError pipe;
  const StandardErrorThread thread;
  for (int i = 0; i < kLines; ++i) write_standard_error(line(i));
  // Now somebody reads: every line is there, or counted where it would be.
  std::string text;
  int next = 0;
  int told = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (next < kLines && std::chrono::steady_clock::now() < deadline) {
    text += pipe.read_until("\n");
    for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
      if (!text.starts_with("warning: ")) {
        REQUIRE(text.substr(0, end + 1) == line(next++));
        continue;
      }
      CHECK(text.substr(0, end).ends_with(
          " lines were left out here, because nobody read the standard error in time"));
      next += std::stoi(text.substr(9));
      ++told;
    }
  }
  CHECK(next == kLines);
  CHECK(told > 0);
}

TEST_CASE("a thread that nobody reads does not keep the program from its end") {
  const PipedError pipe;
  const auto start = std::chrono::steady_clock::now();
  {
    const StandardErrorThread thread;
    for (int i = 0; i < kLines; ++i) write_standard_error(line(i));
    flush_standard_error();
  }
  // A fifth of a second for each wait; the machine may be busy with something else.
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
  write_last_words("and says no last words\n");
  CHECK(pipe.read().starts_with(line(0)));
}

TEST_CASE("a reader who has gone away is nobody's concern") {
  const int before = ::dup(STDERR_FILENO);
  const int nobody = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(nobody >= 0);
  ::dup2(nobody, STDERR_FILENO);
  {
    const StandardErrorThread thread;
    write_standard_error("lost\n");
    flush_standard_error();
    write_standard_error("lost\n");
  }
  write_standard_error("lost\n");
  write_last_words("lost\n");
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(nobody);
}
