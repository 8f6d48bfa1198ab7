#include "core/base/values/parameters.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using namespace ixyflow;

namespace {

enum class Policy { wait, drop };

struct Sample {
  std::uint8_t ttl = 64;
  std::int32_t offset = 0;
  std::uint64_t count = 0;
  std::string name = "x";
  bool invert = false;
  Duration interval{1'000'000'000};
  ByteSize memory{65536};
  Rate rate;
  std::optional<std::uint16_t> port;
  std::vector<std::uint8_t> codes;
  Policy policy = Policy::wait;

  static std::vector<ParameterSpec> parameters() {
    std::vector<ParameterSpec> list;
    ParameterDeclarations<Sample> d(list);
    d.param("ttl", &Sample::ttl, "hops").range(1, 255);
    d.param("offset", &Sample::offset, "place");
    d.param("count", &Sample::count, "how many");
    d.param("name", &Sample::name, "a name");
    d.param("invert", &Sample::invert, "the other way round");
    d.param("interval", &Sample::interval, "how often").range(1'000, 3'600'000'000'000);
    d.param("memory", &Sample::memory, "how much").range(4096, 1 << 30);
    d.param("rate", &Sample::rate, "how fast");
    d.param("port", &Sample::port, "a port");
    d.param("codes", &Sample::codes, "some codes");
    d.choice("policy", &Sample::policy, {{"wait", Policy::wait}, {"drop", Policy::drop}}, "what to do");
    return list;
  }
};

const ParameterSpec& spec_of(const std::vector<ParameterSpec>& list, const std::string& name) {
  for (const ParameterSpec& spec : list)
    if (spec.name == name) return spec;
  throw std::out_of_range(name);
}

/// Applies one `key = value` and gives back the message, or "" when it was taken.
std::string outcome(Sample& sample, const std::string& key, Value::Data data) {
  Diagnostics diagnostics;
  const Value::Table table{{key, {1, 1, 1}, Value(std::move(data), {1, 9, 1})}};
  const bool good = apply_parameters(&sample, table, Sample::parameters(), {"type", "core"},
                                     "element 'e' (type Sample)", {}, diagnostics);
  CHECK(good == diagnostics.ok());
  return good ? "" : diagnostics.sorted()[0].text;
}

std::string outcome(const std::string& key, Value::Data data) {
  Sample sample;
  return outcome(sample, key, std::move(data));
}

Value::Data integer(std::int64_t n) {
  return n;
}
Value::Data string(std::string s) {
  return s;
}

}  // namespace

TEST_CASE("parameters are stored in the members that they were declared with") {
  Sample sample;
  CHECK(outcome(sample, "ttl", integer(7)) == "");
  CHECK(outcome(sample, "name", string("new")) == "");
  CHECK(outcome(sample, "invert", true) == "");
  CHECK(outcome(sample, "interval", string("2ms")) == "");
  CHECK(outcome(sample, "memory", string("64KiB")) == "");
  CHECK(outcome(sample, "memory", integer(8192)) == "");
  CHECK(outcome(sample, "rate", string("10Gbit/s")) == "");
  CHECK(outcome(sample, "port", integer(53)) == "");
  CHECK(outcome(sample, "codes", Value::List{Value(integer(1)), Value(integer(255))}) == "");
  CHECK(outcome(sample, "policy", string("drop")) == "");
  CHECK(outcome(sample, "type", string("anything")) == "");
  CHECK(sample.ttl == 7);
  CHECK(sample.name == "new");
  CHECK(sample.invert);
  CHECK(sample.interval.ns == 2'000'000);
  CHECK(sample.memory.bytes == 8192);
  CHECK(sample.rate == Rate{1e10, Rate::Unit::bits});
  CHECK(sample.port == std::uint16_t{53});
  CHECK(sample.codes == std::vector<std::uint8_t>{1, 255});
  CHECK(sample.policy == Policy::drop);
}

TEST_CASE("A5: a number out of range, of the wrong type or no number is refused with the range") {
  const double inf = std::numeric_limits<double>::infinity();
  const std::string takes = "'ttl' takes an integer from 1 to 255, not ";
  CHECK(outcome("ttl", integer(-1)) == takes + "-1");
  CHECK(outcome("ttl", integer(0)) == takes + "0");
  CHECK(outcome("ttl", integer(1LL << 31)) == takes + "2147483648");
  CHECK(outcome("ttl", integer(1LL << 32)) == takes + "4294967296");
  CHECK(outcome("ttl", integer(std::numeric_limits<std::int64_t>::max())) == takes + "9223372036854775807");
  CHECK(outcome("ttl", 1e3) == takes + "1000.0");
  CHECK(outcome("ttl", inf) == takes + "inf");
  CHECK(outcome("ttl", -inf) == takes + "-inf");
  CHECK(outcome("ttl", std::numeric_limits<double>::quiet_NaN()) == takes + "nan");
  CHECK(outcome("ttl", string("7")) == takes + "\"7\"");
  CHECK(outcome("ttl", true) == takes + "true");
  CHECK(outcome("ttl", Value::List{}) == takes + "[]");
  CHECK(outcome("ttl", Value::Table{}) == takes + "{}");
  CHECK(outcome("ttl", std::monostate{}) == takes + "nothing");
}

TEST_CASE("A5: durations and sizes are refused with their range in units") {
  const std::string duration = "'interval' takes a duration such as \"2ms\" from 1us to 1h, not ";
  CHECK(outcome("interval", integer(7)) == duration + "7");
  CHECK(outcome("interval", string("7")) == duration + "\"7\"");
  CHECK(outcome("interval", string("1ns")) == duration + "\"1ns\"");
  CHECK(outcome("interval", string("2h")) == duration + "\"2h\"");
  const std::string size = "'memory' takes a size such as 4096 or \"64KiB\" from 4KiB to 1GiB, not ";
  CHECK(outcome("memory", integer(-1)) == size + "-1");
  CHECK(outcome("memory", integer(0)) == size + "0");
  CHECK(outcome("memory", string("2GiB")) == size + "\"2GiB\"");
  CHECK(outcome("memory", string("16777215TiB")) == size + "\"16777215TiB\"");
  CHECK(outcome("memory", 1e4) == size + "10000.0");
  CHECK(outcome("rate", integer(5)) == "'rate' takes a rate such as \"1.5Mpps\" or \"10Gbit/s\", not 5");
}

TEST_CASE("A5: the type of a member limits what it takes, in lists and optionals too") {
  CHECK(outcome("offset", integer(1LL << 31)) ==
        "'offset' takes an integer from -2147483648 to 2147483647, not 2147483648");
  CHECK(outcome("count", integer(-1)) == "'count' takes an integer of at least 0, not -1");
  CHECK(outcome("port", integer(65536)) == "'port' takes an integer from 0 to 65535, not 65536");
  CHECK(outcome("codes", Value::List{Value(integer(256))}) ==
        "'codes' takes an integer from 0 to 255, not 256");
  CHECK(outcome("codes", integer(5)) == "'codes' takes a list, not 5");
}

TEST_CASE("A7: an unknown key is refused with a suggestion and with what there is") {
  Sample sample;
  Diagnostics diagnostics;
  const Value::Table table{{"intervall", {3, 1, 9}, Value(integer(1))},
                           {"tpye", {4, 1, 4}, Value(integer(1))}};
  CHECK_FALSE(apply_parameters(&sample, table, Sample::parameters(), {"type"}, "element 'e' (type Sample)",
                               {}, diagnostics));
  const auto entries = diagnostics.sorted();
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].text == "unknown key 'intervall' in element 'e' (type Sample)");
  CHECK(entries[0].where == SourceRange{3, 1, 9});
  CHECK(entries[0].hint ==
        "did you mean 'interval'?   takes: ttl, offset, count, name, invert, interval, memory, rate, port, "
        "codes, policy");
  CHECK_THAT(entries[1].hint, Catch::StartsWith("did you mean 'type'?"));
}

TEST_CASE("a word that is none of the choices is refused with the choices") {
  Sample sample;
  Diagnostics diagnostics;
  const Value::Table table{{"policy", {1, 1, 1}, Value(string("dropp"), {1, 10, 7})}};
  CHECK_FALSE(apply_parameters(&sample, table, Sample::parameters(), {}, "x", {}, diagnostics));
  CHECK(diagnostics.sorted()[0].text == "'policy' takes wait or drop, not \"dropp\"");
  CHECK(diagnostics.sorted()[0].hint == "did you mean 'drop'?");
  CHECK(diagnostics.sorted()[0].where == SourceRange{1, 10, 7});
}

TEST_CASE("a required parameter that is missing is reported at its owner, with an example") {
  std::vector<ParameterSpec> list;
  ParameterDeclarations<Sample>(list).param("name", &Sample::name, "a name").required("\"in\"");
  Sample sample;
  Diagnostics diagnostics;
  CHECK_FALSE(apply_parameters(&sample, {}, list, {}, "element 'e' (type Sample)", {5, 2, 3}, diagnostics));
  CHECK(diagnostics.sorted()[0].text == "element 'e' (type Sample) needs 'name'");
  CHECK(diagnostics.sorted()[0].hint == "for example name = \"in\"");
  CHECK(diagnostics.sorted()[0].where == SourceRange{5, 2, 3});
}

TEST_CASE("all mistakes of a table are reported, and the good values are stored") {
  Sample sample;
  Diagnostics diagnostics;
  const Value::Table table{{"ttl", {}, Value(integer(0))},
                           {"nmae", {}, Value(integer(0))},
                           {"invert", {}, Value(true)},
                           {"rate", {}, Value(integer(0))}};
  CHECK_FALSE(apply_parameters(&sample, table, Sample::parameters(), {}, "x", {}, diagnostics));
  CHECK(diagnostics.errors() == 3);
  CHECK(sample.invert);
  CHECK(sample.ttl == 64);
}

TEST_CASE("ranges and defaults are derived from the declaration") {
  const auto list = Sample::parameters();
  CHECK(spec_of(list, "ttl").range() == "1..255");
  CHECK(spec_of(list, "count").range() == "at least 0");
  CHECK(spec_of(list, "name").range() == "");
  CHECK(spec_of(list, "interval").range() == "1us..1h");
  CHECK(spec_of(list, "memory").range() == "4KiB..1GiB");
  CHECK(spec_of(list, "port").range() == "0..65535");
  CHECK(spec_of(list, "ttl").default_text == "64");
  CHECK(spec_of(list, "interval").default_text == "\"1s\"");
  CHECK(spec_of(list, "memory").default_text == "\"64KiB\"");
  CHECK(spec_of(list, "port").default_text == "");
  CHECK(spec_of(list, "codes").default_text == "[]");
  CHECK(spec_of(list, "policy").default_text == "\"wait\"");
  CHECK(spec_of(list, "policy").type == "wait|drop");
}

TEST_CASE("a value that was checked and stored in one object is swapped into another") {
  const auto parameters = Sample::parameters();
  Sample spare;
  Sample used;
  REQUIRE(
      outcome(spare, "name", std::string("a name that is too long to stand in the string itself")).empty());
  REQUIRE(outcome(spare, "policy", std::string("drop")).empty());
  const char* text = spare.name.data();
  for (const char* name : {"name", "policy"}) spec_of(parameters, name).exchange(&used, &spare);
  CHECK(used.name.data() == text);  // it was not copied: nothing was allocated
  CHECK(used.policy == Policy::drop);
  CHECK(spare.name == "x");
  CHECK(spare.policy == Policy::wait);
  CHECK(used.ttl == spare.ttl);
}
