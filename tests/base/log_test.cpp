#include "core/base/messages/log.hpp"

#include <stdio.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>

using namespace ixyflow;

namespace {

/// What `write` puts on stderr.
template <class Write>
std::string stderr_of(Write write) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  std::fflush(stderr);
  const int saved = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  write();
  std::fflush(stderr);
  dup2(saved, STDERR_FILENO);
  close(saved);
  std::rewind(file);
  std::array<char, 4096> text{};
  const std::size_t size = std::fread(text.data(), 1, text.size(), file);
  std::fclose(file);
  return {text.data(), size};
}

}  // namespace

TEST_CASE("warnings and errors go to stderr, less urgent messages only when asked for") {
  CHECK(stderr_of([] {
          log(LogLevel::warning, "port 'lan' is slow");
          log(LogLevel::error, "port 'lan' is gone");
          log(LogLevel::info, "not shown");
        }) == "warning: port 'lan' is slow\nerror: port 'lan' is gone\n");
  CHECK(stderr_of([] {
          set_log_level(LogLevel::debug);
          log(LogLevel::debug, "details");
          set_log_level(LogLevel::warning);
          log(LogLevel::debug, "not shown");
        }) == "debug: details\n");
}

TEST_CASE("a message with lines keeps them, and drives no terminal") {
  CHECK(stderr_of([] { log(LogLevel::error, "a\nb\033[2J {}"); }) == "error: a\nb\\x1b[2J {}\n");
}

TEST_CASE("B2: a closed stderr does no harm") {
  const int saved = dup(STDERR_FILENO);
  close(STDERR_FILENO);
  log(LogLevel::error, "nobody reads this");
  dup2(saved, STDERR_FILENO);
  close(saved);
}
