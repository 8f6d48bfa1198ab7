#include "tools/ixyflow/json/json.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tools/ixyflow/json/access.hpp"
#include "tools/ixyflow/json/build.hpp"

namespace ixyflow::tools {
namespace {

std::string one_line(const Value& value) {
  return write_json(value, JsonLayout::line);
}

TEST_CASE("an object is written with its members in the order in which they came") {
  const Value json = json_object({{"z", "text"}, {"a", 1}, {"list", std::vector<std::string>{"b", "a"}}});
  CHECK(one_line(json) == R"({"z":"text","a":1,"list":["b","a"]})");
  CHECK(write_json(json_object({{"a", Value()}})) == "{\n  \"a\": null\n}\n");
}

TEST_CASE("integers have no point, floating-point numbers always have one, and what is no number is null") {
  constexpr auto kInfinity = std::numeric_limits<double>::infinity();
  CHECK(one_line(json_object({{"a", std::uint64_t{7}}, {"b", -7}, {"c", 7.0}, {"d", 0.1}})) ==
        R"({"a":7,"b":-7,"c":7.0,"d":0.1})");
  CHECK(one_line(json_object({{"a", kInfinity}, {"b", true}})) == R"({"a":null,"b":true})");
}

TEST_CASE("a member that is there is replaced in its place") {
  const Value json = json_object({{"a", 1}, {"b", 2}});
  CHECK(one_line(with_member(json, "a", "x")) == R"({"a":"x","b":2})");
  CHECK(one_line(with_member(json, "c", 3)) == R"({"a":1,"b":2,"c":3})");
}

TEST_CASE("what is read and written again is the same") {
  const std::string text =
      R"({"id":-1,"x":[null,true,0.1,1e-07,"\u0001ä"],"empty":{},"none":[],"deep":{"b":1,"a":{"c":2.0}}})";
  const auto value = parse_json(text);
  REQUIRE(value);
  CHECK(one_line(*value) == text);
}

TEST_CASE("bytes that are no UTF-8 are replaced when they are written") {
  CHECK(one_line(Value(std::string("a\xff"))) == "\"a\xef\xbf\xbd\"");
}

TEST_CASE("what is no JSON is refused with its place, and numbers that are out of range as well") {
  CHECK(parse_json("[1,]").error().text == "not JSON at byte 4: [1,]");
  CHECK(parse_json("[1e999]").error().text == "a number is out of range: [1e999]");
}

TEST_CASE("integers keep every digit up to 64 bits without a sign, as counters have them") {
  for (const char* text : {"9223372036854775807", "9223372036854775808", "18446744073709551615", "-1"}) {
    const auto value = parse_json(text);
    REQUIRE(value);
    CHECK(one_line(*value) == text);
  }
  CHECK(one_line(json_object({{"n", std::uint64_t{18446744073709551615U}}})) ==
        R"({"n":18446744073709551615})");
}

TEST_CASE("members of an object come one by one, so that one that is wrong does not hide the others") {
  const auto members = parse_json_members(R"({"id": 1, "n":[18446744073709551615]})", "no object");
  REQUIRE(members);
  CHECK(*members == std::vector<JsonMember>{{"id", "1"}, {"n", "[18446744073709551615]"}});
  CHECK(parse_json_members("[]", "no object").error().text == "no object");
}

TEST_CASE("depth counts brackets, but not those in strings") {
  CHECK(json_depth("1") == 0);
  CHECK(json_depth(R"({"a":[1,[2]]})") == 3);
  CHECK(json_depth(R"("[[\"[[")") == 0);
}

TEST_CASE("L1 JSON that is written has nothing in it that commands a terminal, and reads back as it was") {
  const std::string text = "a\x1b[2J\x7f\xc2\x9b\xe2\x80\xae\xc3\xa4\xf0\x9f\x90\x8d\n";
  const std::string line = one_line(Value(text));
  CHECK(line == "\"a\\u001b[2J\\u007f\\u009b\\u202e\xc3\xa4\xf0\x9f\x90\x8d\\n\"");
  CHECK(text_of(*parse_json(line)) == text);
}

TEST_CASE("what has not the form that it should have gives empty texts") {
  const Value json = json_object({{"name", "a"}, {"number", 1}, {"list", std::vector<std::string>{"x"}}});
  CHECK(text_at(json, "name") == "a");
  CHECK(text_at(json, "number").empty());
  CHECK(text_at(json, "nothing").empty());
  CHECK(text_of(json).empty());
  CHECK(texts_of(json).empty());
  CHECK(texts_of(json.find("list")->value) == std::vector<std::string>{"x"});
  CHECK(member<std::int64_t>(json, "name") == nullptr);
}

}  // namespace
}  // namespace ixyflow::tools
