#include "tools/ixyflow/commands/live/view_table.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <string>

using namespace ixyflow;
using namespace ixyflow::tools;

namespace {

Value number(std::int64_t value) {
  return Value(value);
}

Value row(Value::Table cells) {
  return Value(std::move(cells));
}

}  // namespace

TEST_CASE("a view is a table in which every cell stands under its own key, whatever other rows have") {
  const Value rows(Value::List{
      row({{"name", {}, Value(std::string("first"))}, {"weight", {}, number(-1)}}),
      row({{"weight", {}, number(12'345)},
           {"extra", {}, Value(true)},
           {"name", {}, Value(std::string("b"))}}),
  });
  CHECK(view_text(rows, {}) ==
        "NAME   WEIGHT  EXTRA\n"
        "first      -1\n"
        "b      12,345   true\n");
}

TEST_CASE("a view without rows is nothing, and odd keys and the largest numbers are shown") {
  CHECK(view_text(Value(Value::List()), {}).empty());
  const Value rows(Value::List{row({{"a\nb", {}, Value(std::numeric_limits<std::uint64_t>::max())},
                                    {"least", {}, number(std::numeric_limits<std::int64_t>::min())}})});
  const std::string text = view_text(rows, {});
  CHECK(text.find("18,446,744,073,709,551,615") != std::string::npos);
  CHECK(text.find("-9,223,372,036,854,775,808") != std::string::npos);
  CHECK(text.find("a\nb") == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}
