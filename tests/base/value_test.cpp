#include "core/base/values/value.hpp"

#include <catch2/catch.hpp>
#include <limits>

using namespace ixyflow;

namespace {
Value text(std::string s) {
  return Value(Value::Data(std::move(s)));
}
Value number(std::int64_t n) {
  return Value(Value::Data(n));
}
}  // namespace

TEST_CASE("values are shown as TOML") {
  CHECK(number(-5).show() == "-5");
  CHECK(Value(Value::Data(true)).show() == "true");
  CHECK(Value(Value::Data(1e3)).show() == "1000.0");
  CHECK(Value(Value::Data(0.5)).show() == "0.5");
  CHECK(Value(Value::Data(std::numeric_limits<double>::infinity())).show() == "inf");
  CHECK(Value(Value::Data(std::numeric_limits<double>::quiet_NaN())).show() == "nan");
  CHECK(text("a \"b\"").show() == "\"a \\\"b\\\"\"");
  CHECK(Value(Value::List{number(1), text("x")}).show() == "[1, \"x\"]");
  CHECK(Value(Value::Table{{"eth.dst", {}, number(1)}, {"b", {}, number(2)}}).show() ==
        "{ \"eth.dst\" = 1, b = 2 }");
  CHECK(Value(Value::Table{}).show() == "{}");
  CHECK(Value(Value::List{}).show() == "[]");
  CHECK(Value().show() == "nothing");
}

TEST_CASE("values are named by their kind") {
  CHECK(Value().kind() == "nothing");
  CHECK(Value(Value::Data(true)).kind() == "a boolean");
  CHECK(number(1).kind() == "an integer");
  CHECK(Value(Value::Data(1.5)).kind() == "a number");
  CHECK(text("x").kind() == "a string");
  CHECK(Value(Value::List{}).kind() == "a list");
  CHECK(Value(Value::Table{}).kind() == "a table");
}

TEST_CASE("values of any size are shown in short, and without control characters") {
  CHECK(text(std::string(10'000'000, 'x')).show().size() < 100);
  CHECK(text("a\033[2Jb").show().find('\033') == std::string::npos);
  CHECK(Value(Value::List(100'000, number(1))).show().size() < 100);
  Value nested = number(1);
  for (int i = 0; i < 1000; ++i) nested = Value(Value::List{nested});
  CHECK(nested.show().size() < 200);
}

TEST_CASE("entries of a table are found by their key") {
  const Value table(Value::Table{{"a", {1, 1}, number(1)}, {"b", {2, 1}, number(2)}});
  REQUIRE(table.find("b") != nullptr);
  CHECK(table.find("b")->where == SourceRange{2, 1});
  CHECK(*table.find("b")->value.get_if<std::int64_t>() == 2);
  CHECK(table.find("c") == nullptr);
  CHECK(number(1).find("a") == nullptr);
}
