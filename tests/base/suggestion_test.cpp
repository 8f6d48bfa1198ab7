#include "core/base/text/suggestion.hpp"

#include <catch2/catch.hpp>

using namespace ixyflow;

TEST_CASE("what was probably meant stands behind a message, and nothing where nothing is near") {
  CHECK(with_suggestion("unknown option '--brust'", "--brust", {"--burst", "--for"}) ==
        "unknown option '--brust'; did you mean '--burst'?");
  CHECK(with_suggestion("unknown option '--x'", "--x", {"--burst"}) == "unknown option '--x'");
}
