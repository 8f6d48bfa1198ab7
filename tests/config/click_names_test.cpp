#include "core/config/click_names.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "core/element/registry.hpp"
#include "tests/support/frames.hpp"

namespace ixyflow::test {
namespace {

/// The lines of the table in elements/README.md, as they stand there.
std::vector<std::string> lines_of_readme() {
  std::ifstream file(source_path() / "elements" / "README.md");
  std::vector<std::string> lines;
  bool within = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| Click |")) within = true;
    if (within && line.empty()) break;
    if (within && !line.starts_with("| Click |") && !line.starts_with("|---")) lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("Click's names stand in the README as the program knows them") {
  std::vector<std::string> lines;
  for (const ClickNames& names : click_names()) {
    std::string line = "| " + std::string(names.click) + " | " + std::string(names.here) + " | ";
    line += names.differs.empty() ? "|" : std::string(names.differs) + " |";
    lines.push_back(line);
  }
  CHECK(lines_of_readme() == lines);
}

TEST_CASE("what is named as a counterpart is there") {
  for (const ClickNames& names : click_names()) {
    const std::string first(names.here.substr(0, names.here.find(',')));
    CAPTURE(first);
    CHECK(ElementRegistry::instance().find(first) != nullptr);
  }
}

TEST_CASE("Click's names are answered with what does their work here") {
  CHECK_THAT(click_hint("IPClassifier"), Catch::StartsWith("Click's IPClassifier is Filter here: libpcap"));
  CHECK_THAT(click_hint("RatedSource"), Catch::Contains("driver = \"generator\""));
  CHECK_THAT(click_hint("FromDump"), Catch::Contains("is FromDevice here"));
  CHECK_THAT(click_hint("IPRewriter"), Catch::Contains("is Rewrite here"));
  CHECK_THAT(click_hint("SetTOS"), Catch::Contains("is Rewrite here"));
  CHECK_THAT(click_hint("ToHost"), Catch::Contains("has no counterpart here"));
  for (const char* other : {"", "Set", "Filtre", "IP", "ipclassifier", "ToHos"})
    CHECK(click_hint(other) == "");
}

}  // namespace ixyflow::test
