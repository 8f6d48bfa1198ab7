// What `ixyflow check` says about wrong files: the whole text of its messages, in the files of cases beside
// this one.

#include <catch2/catch.hpp>

#include "core/config/load.hpp"
#include "core/graph/planner/make_plan.hpp"
#include "tests/support/frames.hpp"
#include "tests/tools/mistakes/case_file.hpp"
#include "tools/ixyflow/pipeline/imagined_machine.hpp"
#include "tools/ixyflow/test/number_names.hpp"
#include "tools/ixyflow/test/test_case.hpp"

namespace ixyflow::test {
namespace {

/// A file that is right.
constexpr std::string_view kBase = R"([ports.wan]
driver = "pcap"
read = "in.pcap"

[ports.lan]
driver = "pcap"
write = "out.pcap"

[elements.in]
type = "FromDevice"
port = "wan"

[elements.web]
type = "Filter"
expr = "tcp port 443"

[elements.out]
type = "ToDevice"
port = "lan"

[graph]
paths = [
  "in -> web -> out",
  "web[other] -> Discard",
]
)";

/// All that `ixyflow check` has to say about a file of this text.
std::string messages(const std::string& text) {
  Diagnostics diagnostics("p.toml", text);
  const auto file = parse_pipeline("p.toml", text, diagnostics);
  if (!file) return diagnostics.render();
  const LoadOptions options;
  auto pipeline = build_pipeline(*file, options, diagnostics);
  const auto tests = tools::parse_tests(*file, diagnostics);
  if (pipeline && diagnostics.ok())
    static_cast<void>(make_plan(*pipeline, tools::imagined_machine(*pipeline), {}, diagnostics));
  if (pipeline) tools::check_numbers(*file, tests, options, diagnostics);
  return diagnostics.render();
}

void check_cases(const char* name) {
  const auto cases = read_cases(source_path() / "tests" / "tools" / "mistakes" / name, kBase);
  CHECK(cases.size() > 5);
  for (const MistakeCase& mistake : cases) {
    INFO(name << ":" << mistake.line << ": " << mistake.name << "\n" << mistake.text);
    CHECK(messages(mistake.text) == mistake.expected);
  }
}

}  // namespace

TEST_CASE("texts that are no TOML, and files of other kinds, are told what they are") {
  check_cases("syntax.txt");
}

TEST_CASE("a mistake in a path gets one message, and none of its consequences") {
  check_cases("paths.txt");
}

TEST_CASE("names that nobody has get the nearest one, or the list of what there is") {
  check_cases("names.txt");
}

TEST_CASE("tables of the wrong shape are told how they are written") {
  check_cases("tables.txt");
}

TEST_CASE("values of the wrong kind are told how they are written") {
  check_cases("values.txt");
}

TEST_CASE("mistakes in [[test]] tables are found without running them") {
  check_cases("tests.txt");
}

TEST_CASE("files with line ends and marks of other systems are read like any other") {
  std::string crlf;
  for (const char c : kBase) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(messages(crlf) == "");
  CHECK(messages("\xef\xbb\xbf" + std::string(kBase)) == "");
  const auto at = crlf.find("Filter");
  const std::string wrong = messages(crlf.replace(at, 6, "Filtre"));
  CHECK(wrong == messages("\xef\xbb\xbf" + crlf));
  CHECK_THAT(wrong,
             Catch::Contains("14 | type = \"Filtre\"\n") && Catch::Contains("^ did you mean 'Filter'?"));
}

}  // namespace ixyflow::test
