#include "core/base/text/utf8.hpp"

#include <catch2/catch.hpp>

using namespace ixyflow;

TEST_CASE("texts are quoted as TOML on one line") {
  CHECK(quote("a\"b\\c") == "\"a\\\"b\\\\c\"");
  CHECK(quote("a\nb\tc\x01") == "\"a\\nb\\tc\\u0001\"");
}
