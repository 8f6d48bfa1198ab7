#include "core/element/entries.hpp"

#include <catch2/catch.hpp>

#include "core/net/addresses.hpp"

using namespace ixyflow;

TEST_CASE("an entry is cut into words, whatever blanks are between them") {
  std::string_view rest = " 10.0.0.0/8 \t 2 ";
  CHECK(next_word(rest) == "10.0.0.0/8");
  CHECK(next_word(rest) == "2");
  CHECK(next_word(rest).empty());
  CHECK(next_word(rest).empty());
}

TEST_CASE("the number of an output is a number and nothing else, and not too large") {
  CHECK(parse_output("0") == 0);
  CHECK(parse_output("255") == 255);
  for (const char* wrong : {"", "256", "-1", "1x", "x", " 1", "99999999999"})
    CHECK_FALSE(parse_output(wrong));
}

TEST_CASE("entries that a resource refuses are reported where they stand, the others are in it") {
  Diagnostics diagnostics;
  const Value::List list = {Value(std::string("a"), {3, 5, 1}), Value(std::string("b"), {4, 5, 1})};
  const Value::Table table = {{"entries", {2, 1, 7}, Value(list, {2, 11, 1})}};
  ResourceConfiguration configuration{
      .diagnostics = diagnostics, .parameters = table, .where = {1, 1, 1}, .owner = "resource 'x'"};
  std::string inserted;
  insert_entries(configuration, {"a", "b"}, [&](std::string_view entry) -> Result<void> {
    if (entry == "b") return refuse_entry(entry, "is none");
    inserted += entry;
    return {};
  });
  CHECK(inserted == "a");
  REQUIRE(diagnostics.errors() == 1);
  CHECK(diagnostics.sorted()[0].text == "resource 'x': 'b' is none");
  CHECK(diagnostics.sorted()[0].where == SourceRange{4, 5, 1});
}

TEST_CASE("an entry of a key and an output is read whole, with its mark where there is one") {
  const auto read = read_output_entry(" 10.0.0.0/8  7 ", parse_ipv4_prefix, "is none");
  REQUIRE(read);
  CHECK(show(read->key) == "10.0.0.0/8");
  CHECK(read->output == 7);
  CHECK_FALSE(read->marked);
  const auto marked = read_output_entry("10.0.0.0/8 7 seen", parse_ipv4_prefix, "is none", "seen");
  REQUIRE(marked);
  CHECK(marked->marked);
}

TEST_CASE("an entry of a key and an output is refused for its key first, then for what follows") {
  const auto refusal = [](std::string_view entry, std::string_view mark = {}) {
    const auto read = read_output_entry(entry, parse_ipv4_prefix, "is none", mark);
    return read ? "" : read.error().text;
  };
  CHECK(refusal("x 7") == "'x 7' is none");
  CHECK(refusal("") == "'' is none");
  for (const char* entry : {"10.0.0.0/8", "10.0.0.0/8 256", "10.0.0.0/8 7 seen", "10.0.0.0/8 x"})
    CHECK_THAT(refusal(entry),
               Catch::EndsWith("does not end with the number of an output, 0 to 255: \"10.0.0.0/8 0\""));
  CHECK_FALSE(refusal("10.0.0.0/8 7 sean", "seen").empty());
  CHECK_FALSE(refusal("10.0.0.0/8 7 seen x", "seen").empty());
}

TEST_CASE("a key is read where nothing else stands") {
  CHECK(show(read_key(" 10.0.0.0/8 ", parse_ipv4_prefix, "is none").value()) == "10.0.0.0/8");
  CHECK(read_key("10.0.0.0/8 1", parse_ipv4_prefix, "is none").error().text == "'10.0.0.0/8 1' is none");
}
