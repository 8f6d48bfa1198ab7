#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/base/diagnostics.hpp"

using namespace ixyflow;

namespace {
const std::vector<std::string> kTypes = {"Counter",  "Classifier", "Discard", "FromDevice",
                                         "ToDevice", "Tee",        "Null"};
}

TEST_CASE("the nearest name is found through each kind of slip") {
  CHECK(nearest_name("Conter", kTypes) == "Counter");
  CHECK(nearest_name("Countter", kTypes) == "Counter");
  CHECK(nearest_name("Countet", kTypes) == "Counter");
  CHECK(nearest_name("Conuter", kTypes) == "Counter");
  CHECK(nearest_name("fromdevice", kTypes) == "FromDevice");
  CHECK(nearest_name("COUNTER", kTypes) == "Counter");
}

TEST_CASE("what is not near is not suggested") {
  CHECK(nearest_name("Rewrite", kTypes).empty());
  CHECK(nearest_name("x", {"y", "z"}).empty());
  CHECK(nearest_name("", kTypes).empty());
  CHECK(nearest_name("Counter", {}).empty());
}

TEST_CASE("a transposition counts as one slip") {
  // Two substitutions would be too many for so short a word.
  CHECK(nearest_name("tpye", {"type"}) == "type");
}

TEST_CASE("of names equally near the one with the right case wins") {
  CHECK(nearest_name("tea", {"TEE", "tee"}) == "tee");
  CHECK(nearest_name("TEA", {"tee", "TEE"}) == "TEE");
}

TEST_CASE("the nearest of several is chosen, and the first of equals") {
  CHECK(nearest_name("classifer", {"classified", "classifier"}) == "classifier");
  CHECK(nearest_name("port", {"sort", "part"}) == "sort");
}

TEST_CASE("a name that is nearer is found behind one that is near, and the other way round") {
  const std::vector<std::string> names = {"classifications", "classifiers", "classifier"};
  CHECK(nearest_name("classifier", names) == "classifier");
  CHECK(nearest_name("Classifier", {"classifier", "classifiers", "clasifier"}) == "classifier");
  // A transposition in the last row that is looked at.
  CHECK(nearest_name("abcdefghi", {"xbcdexgih"}) == "xbcdexgih");
  CHECK(nearest_name("abcdefghi", {"xbcxexgih"}).empty());
}

TEST_CASE("words of any length are taken") {
  CHECK(nearest_name(std::string(10'000'000, 'a'), {std::string(10'000'000, 'a')}).empty());
  CHECK(nearest_name(std::string(64, 'a'), {std::string(64, 'a') + "b", std::string(63, 'a')}) ==
        std::string(63, 'a'));
}

TEST_CASE("a suggestion is a question, and no suggestion is nothing") {
  CHECK(did_you_mean("exprs", {"expr", "invert"}) == "did you mean 'expr'?");
  CHECK(did_you_mean("exprs", {"count"}) == "");
}

TEST_CASE("a hint stands behind the text, and no hint is nothing") {
  CHECK(with_hint("there is no port 'lna'", "did you mean 'lan'?") ==
        "there is no port 'lna'; did you mean 'lan'?");
  CHECK(with_hint("there is no port 'lna'", "") == "there is no port 'lna'");
}
