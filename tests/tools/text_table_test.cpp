#include "tools/ixyflow/terminal/text_table.hpp"

#include <catch2/catch.hpp>
#include <sstream>
#include <string>

namespace ixyflow::tools {
namespace {

using Align = TextTable::Align;

TEST_CASE("a table aligns words to the left and numbers to the right") {
  TextTable table({{"NAME", Align::left}, {"COUNT", Align::right}});
  table.add({"a", "1"});
  table.add({"longer", "1,000"});
  CHECK(table.render(false) ==
        "NAME    COUNT\n"
        "a           1\n"
        "longer  1,000\n");
}

TEST_CASE("a column without any text is left out") {
  TextTable table({{"NAME", Align::left}, {"CORE", Align::left}, {"COUNT", Align::right}});
  table.add({"a", "", "1"});
  CHECK(table.render(false) == "NAME  COUNT\na         1\n");
}

TEST_CASE("a first cell that is empty keeps its column") {
  TextTable table({{"NAME", Align::left}, {"WHERE", Align::left}});
  table.add({"name", "here"});
  table.add({"", "there"});
  CHECK(table.render(false) == "NAME  WHERE\nname  here\n      there\n");
}

TEST_CASE("a table that is too wide cuts names in the middle and never numbers") {
  TextTable table({{"NAME", Align::left}, {"COUNT", Align::right}});
  table.add({std::string(60, 'a') + std::string(60, 'b'), "123,456,789"});
  std::istringstream lines(table.render(false, 40));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  CHECK(line.size() == 40);
  CHECK(line.find("a..b") != std::string::npos);
  CHECK(line.substr(29) == "123,456,789");
}

TEST_CASE("numbers are shown for people") {
  CHECK(thousands(0) == "0");
  CHECK(thousands(999) == "999");
  CHECK(thousands(1'000) == "1,000");
  CHECK(thousands(18'446'744'073'709'551'615U) == "18,446,744,073,709,551,615");
  CHECK(scaled(0, "pps") == "0 pps");
  CHECK(scaled(999, "pps") == "999 pps");
  CHECK(scaled(999.9, "pps") == "1.00 kpps");
  CHECK(scaled(14'880'952, "pps") == "14.9 Mpps");
  CHECK(scaled(1e10, "bit/s") == "10.0 Gbit/s");
  CHECK(memory_size(1023) == "1023 B");
  CHECK(memory_size(2'642'411) == "2.5 MiB");
  CHECK(plural(1, "ring") == "1 ring");
  CHECK(plural(2, "ring") == "2 rings");
  CHECK(measured(0, 1) == "-");
}

TEST_CASE("text is broken at spaces and never loses a word") {
  CHECK(wrapped("one two three", 2, 9) == "  one two\n  three\n");
  CHECK(wrapped("incomprehensibilities", 0, 5) == "incomprehensibilities\n");
}

}  // namespace
}  // namespace ixyflow::tools
