#include <catch2/catch.hpp>
#include <string>

#include "tools/ixyflow/terminal/text.hpp"

namespace ixyflow::tools {
namespace {

TEST_CASE("L1 of foreign text only lines, and colours that were asked for, reach a terminal") {
  CHECK(harmless("NAME  \xc3\xa4\n1\n", false) == "NAME  \xc3\xa4\n1\n");
  CHECK(harmless("\x1b[1;31mred\x1b[0m", true) == "\x1b[1;31mred\x1b[0m");
  CHECK(harmless("\x1b[1;31mred", false) == "\\x1b[1;31mred");
  for (const char* command : {"\x1b[2J", "\x1b]0;title\x07", "\x1b[", "\x1b", "\x1b[1;31", "\x1bM",
                              "\xc2\x9b"
                              "2J",
                              "\xe2\x80\xae", "\r", "\b", "\x7f", "\x1b[?25l"}) {
    const std::string shown = harmless(command, true);
    INFO(shown);
    CHECK(shown.starts_with("\\x"));
    CHECK(shown.find_first_of("\x1b\x07\r\b\x7f\xc2\xe2") == std::string::npos);
  }
}

}  // namespace
}  // namespace ixyflow::tools
