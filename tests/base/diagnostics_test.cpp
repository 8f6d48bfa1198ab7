#include "core/base/diagnostics.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace ixyflow;

TEST_CASE("a mistake is shown with its place, its line and a caret that carries the hint") {
  Diagnostics diagnostics("bad.toml", "[elements.fw]\nexprs = \"udp\"\n");
  diagnostics.error({2, 1, 5}, "unknown key 'exprs' in element 'fw' (type Filter)", "did you mean 'expr'?");
  CHECK(diagnostics.render() ==
        "error: unknown key 'exprs' in element 'fw' (type Filter)\n"
        "  --> bad.toml:2:1\n"
        " 2 | exprs = \"udp\"\n"
        "   | ^^^^^ did you mean 'expr'?\n");
}

TEST_CASE("a warning looks like an error but does not count as one") {
  Diagnostics diagnostics("a.toml", "x = 1\n");
  diagnostics.warning({1, 5, 1}, "nothing uses 'x'");
  CHECK(diagnostics.ok());
  CHECK(diagnostics.errors() == 0);
  CHECK(diagnostics.warnings() == 1);
  CHECK(diagnostics.render() == "warning: nothing uses 'x'\n  --> a.toml:1:5\n 1 | x = 1\n   |     ^\n");
}

TEST_CASE("a mistake without a line names the file only") {
  Diagnostics diagnostics("a.toml", "x = 1\n");
  diagnostics.error({}, "there is no source", "add a FromDevice");
  CHECK(diagnostics.render() == "error: there is no source\n  --> a.toml\n   = add a FromDevice\n");
  Diagnostics nameless;
  nameless.error({}, "no file");
  CHECK(nameless.render() == "error: no file\n");
}

TEST_CASE("mistakes are shown in the order of the file, those of one place in the order of their report") {
  Diagnostics diagnostics("a.toml", "one\ntwo\nthree\n");
  diagnostics.error({3, 1}, "third");
  diagnostics.warning({1, 2}, "first b");
  diagnostics.error({1, 1}, "first a");
  diagnostics.error({3, 1}, "fourth");
  std::string order;
  for (const Diagnostic& entry : diagnostics.sorted()) order += entry.text + ";";
  CHECK(order == "first a;first b;third;fourth;");
}

TEST_CASE("columns count characters, not bytes") {
  Diagnostics diagnostics("a.toml", "s = \"\xc3\xa4\xc3\xb6\" x\n");  // "äö"
  diagnostics.error({1, 10, 1}, "wrong");
  CHECK_THAT(diagnostics.render(), Catch::Contains("   |          ^\n"));
}

TEST_CASE("a byte order mark and CRLF do not move the caret") {
  Diagnostics diagnostics("a.toml", "\xef\xbb\xbfx = 1\r\ny = 2\r\n");
  diagnostics.error({1, 1}, "first");
  diagnostics.error({2, 5}, "second");
  CHECK_THAT(diagnostics.render(), Catch::Contains(" 1 | x = 1\n   | ^\n"));
  CHECK_THAT(diagnostics.render(), Catch::Contains(" 2 | y = 2\n   |     ^\n"));
}

TEST_CASE("a long line is cut around the caret") {
  const std::string line = std::string(5000, 'a') + "X" + std::string(5000, 'b');
  Diagnostics diagnostics("a.toml", line);
  diagnostics.error({1, 5001, 100'000}, "wrong");
  const std::string text = diagnostics.render();
  CHECK(text.size() < 500);
  const std::size_t code = text.find(" 1 | ");
  const std::size_t caret = text.find("   | ");
  CHECK(text[code + text.find('^') - caret] == 'X');
  CHECK_THAT(text, Catch::Contains("...aaaa") && Catch::Contains("bbb..."));
}

TEST_CASE("a caret behind the last line or column is harmless") {
  Diagnostics diagnostics("a.toml", "x");
  diagnostics.error({7, 3}, "beyond the end", "hint");
  diagnostics.error({1, 90}, "beyond the line");
  CHECK_THAT(diagnostics.render(), Catch::Contains("  --> a.toml:7:3\n   = hint\n"));
}

TEST_CASE("control characters of a file never reach the terminal") {
  Diagnostics diagnostics("a\033[2J.toml", "k\033]0;title\007 = \t\x01\xff\n");
  diagnostics.error({1, 1}, "unknown key 'k\033[31m'", "did you mean '\x9b\x07'?");
  for (const char c : diagnostics.render()) {
    const auto byte = static_cast<unsigned char>(c);
    CHECK((byte == '\n' || (byte >= 0x20 && byte < 0x7f)));
  }
}

TEST_CASE("colours are used only when asked for") {
  Diagnostics diagnostics("a.toml", "x = 1\n");
  diagnostics.error({1, 1}, "wrong");
  CHECK(diagnostics.render().find('\033') == std::string::npos);
  CHECK(diagnostics.render(true).find("\033[1;31merror\033[0m: wrong") == 0);
}

TEST_CASE("printable escapes what is no text and cuts what is too long") {
  CHECK(printable("plain \xc3\xa4") == "plain \xc3\xa4");
  CHECK(printable("a\nb\x7f") == "a\\x0ab\\x7f");
  CHECK(printable("\xff\xc3") == "\\xff\\xc3");
  CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");                    // C1: control sequence introducer
  CHECK(printable("\xe2\x80\xae") == "\\xe2\\x80\\xae");           // U+202E: right-to-left override
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");                    // an overlong '/'
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  CHECK(printable(std::string(300, 'x')) == std::string(200, 'x') + "...");
  CHECK(printable("abc", 3) == "abc");
  CHECK(printable("ab\n", 5) == "ab...");
}

TEST_CASE("A6: mistakes by the thousand are not all shown, but counted") {
  Diagnostics diagnostics("p.toml", std::string(500'000, 'x'));
  for (std::uint32_t i = 0; i < 60'000; ++i) diagnostics.error({1, i + 1, 1}, "wrong");
  const std::string text = diagnostics.render();
  CHECK(diagnostics.errors() == 60'000);
  CHECK(text.size() < 200'000);
  CHECK_THAT(text, Catch::EndsWith("… and 59500 more\n"));
}
