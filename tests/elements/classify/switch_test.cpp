#include <catch2/catch.hpp>

#include "tests/support/element_harness.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// Changes a live parameter as the runtime does.
void change(ElementHarness& harness, const char* name, Value::Data value) {
  for (const ParameterSpec& parameter : harness.spec().parameters) {
    if (parameter.name != name) continue;
    REQUIRE(parameter.live);
    Diagnostics diagnostics;
    REQUIRE(parameter.set(&harness.element(), Value(std::move(value)), parameter, diagnostics));
    return harness.element().update();
  }
  FAIL("no parameter " << name);
}

}  // namespace

TEST_CASE("Switch sends everything to the chosen output, and to another one after a change") {
  ElementHarness way("Switch", "output = 1", {.outputs = 3});
  CHECK(exits_of(way.send_batch({udp_frame(), arp_frame(), Bytes{}})) ==
        std::vector<std::string>{"1", "1", "1"});
  change(way, "output", std::int64_t{2});
  CHECK(way.send(udp_frame()).exit == "2");
  change(way, "output", std::int64_t{0});
  CHECK(way.send(udp_frame()).exit == "0");
}

TEST_CASE("Switch drops everything with output -1, and means to") {
  ElementHarness way("Switch", "output = -1");
  const Sent sent = way.send(udp_frame());
  CHECK(sent.exit == "switched_off");
  CHECK(sent.kind == ExitKind::intended);
  change(way, "output", std::int64_t{1});
  CHECK(way.send(udp_frame()).exit == "1");
}

TEST_CASE("Switch refuses an output that is not wired") {
  CHECK_THAT(refusal("Switch", "output = 2", {.outputs = 2}), Catch::Contains("output 2 is not wired"));
  CHECK_FALSE(refusal("Switch", "output = -2").empty());
  CHECK_FALSE(refusal("Switch", "output = 256").empty());
}

TEST_CASE("Paint takes another colour while it works") {
  ElementHarness paint("Paint", "color = 1");
  CHECK(paint.send(udp_frame()).paint == 1);
  change(paint, "color", std::int64_t{9});
  CHECK(paint.send(udp_frame()).paint == 9);
}
