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
  CHECK(table.render({}) ==
        "NAME    COUNT\n"
        "a           1\n"
        "longer  1,000\n");
}

TEST_CASE("a column without any text is left out") {
  TextTable table({{"NAME", Align::left}, {"CORE", Align::left}, {"COUNT", Align::right}});
  table.add({"a", "", "1"});
  CHECK(table.render({}) == "NAME  COUNT\na         1\n");
}

TEST_CASE("a first cell that is empty keeps its column") {
  TextTable table({{"NAME", Align::left}, {"WHERE", Align::left}});
  table.add({"name", "here"});
  table.add({"", "there"});
  CHECK(table.render({}) == "NAME  WHERE\nname  here\n      there\n");
}

TEST_CASE("a table that is too wide cuts names in the middle and never numbers") {
  TextTable table({{"NAME", Align::left}, {"COUNT", Align::right}});
  table.add({std::string(60, 'a') + std::string(60, 'b'), "123,456,789"});
  std::istringstream lines(table.render({.colour = false, .columns = 40}));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  CHECK(line.size() == 40);
  CHECK(line.find("a..b") != std::string::npos);
  CHECK(line.substr(29) == "123,456,789");
}

TEST_CASE("a table that is too wide leaves out what matters least, before words are cut to stumps") {
  TextTable table({{"NAME", Align::left},
                   {"BYTES", Align::right, 2},
                   {"CORE", Align::right, 1},
                   {"COUNT", Align::right}});
  table.add({"a_name_of_twenty_two_c", "1,000,000", "7", "12"});
  CHECK(table.render({}) ==
        "NAME                        BYTES  CORE  COUNT\na_name_of_twenty_two_c  1,000,000     7     12\n");
  CHECK(table.render({.columns = 40}) ==
        "NAME                    CORE  COUNT\na_name_of_twenty_two_c     7     12\n");
  CHECK(table.render({.columns = 30}) == "NAME                    COUNT\na_name_of_twenty_two_c     12\n");
  CHECK(table.render({.columns = 20}) == "NAME           COUNT\na_name..two_c     12\n");
}

TEST_CASE("what must not be cut goes below its row where it does not fit beside the rest") {
  TextTable table({{"NAME", Align::left}, {"IN USE BY", Align::left, 0, true}, {"LINK", Align::left}});
  table.add({"eth0", "carries the default route", "up"});
  table.add({"eth1", "-", "down"});
  CHECK(table.render({}) ==
        "NAME  IN USE BY                  LINK\n"
        "eth0  carries the default route  up\n"
        "eth1  -                          down\n");
  CHECK(table.render({.columns = 24}) ==
        "NAME  LINK\n"
        "eth0  up\n"
        "    in use by: carries\n"
        "    the default route\n"
        "eth1  down\n");
}

TEST_CASE("a table is never wider than it may be, and keeps its first column") {
  TextTable table(
      {{"ELEMENT", Align::left}, {"PACKETS", Align::right}, {"BYTES", Align::right}, {"WHERE", Align::left}});
  table.add({std::string(40, 'e'), "1,234,567,890", "1,234,567,890,123", std::string(40, 'w')});
  for (std::size_t columns = 20; columns < 200; ++columns) {
    std::istringstream lines(table.render({.columns = columns}));
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= columns);
  }
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
