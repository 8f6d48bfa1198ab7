#include "tests/config/config_support.hpp"

namespace ixyflow::test {
namespace {

const Value* parameter(const Pipeline& pipeline, std::string_view key) {
  for (const ElementNode& node : pipeline.elements)
    if (const Value::Entry* entry = find(node.parameters, key)) return &entry->value;
  return nullptr;
}

}  // namespace

TEST_CASE("a value that is nothing but a parameter takes its type") {
  const Pipeline pipeline =
      check_accepted(pipeline_with("ttl = \"${hops}\"\nlist = \"${l}\"\n[params]\nhops = 3\nl = [1, 2]\n"));
  REQUIRE(parameter(pipeline, "ttl") != nullptr);
  CHECK(*parameter(pipeline, "ttl")->get_if<std::int64_t>() == 3);
  CHECK(parameter(pipeline, "list")->get_if<Value::List>()->size() == 2);
}

TEST_CASE("parameters stand inside texts, and two dollars are one") {
  const Pipeline pipeline =
      check_accepted(pipeline_with("text = \"a${x}b${n}$$c\"\n[params]\nx = \"X\"\nn = 7\n"));
  CHECK(*parameter(pipeline, "text")->get_if<std::string>() == "aXb7$c");
}

TEST_CASE("a parameter given with --set keeps its type") {
  const std::string text =
      pipeline_with("ttl = \"${hops}\"\ntext = \"${t}\"\n[params]\nhops = 3\nt = \"\"\n");
  const Pipeline pipeline = check_accepted(text, {.set = {{"hops", "9"}, {"t", "12"}}});
  CHECK(*parameter(pipeline, "ttl")->get_if<std::int64_t>() == 9);
  CHECK(*parameter(pipeline, "text")->get_if<std::string>() == "12");
  check_refused(text, "the parameter is an integer", {.set = {{"hops", "many"}}});
  check_refused(text, "did you mean 'hops'?", {.set = {{"hobs", "1"}}});
  check_refused(text, "parameters: hops, t", {.set = {{"zebra", "1"}}});
  check_refused(pipeline_with(""), "the file has no [params]", {.set = {{"zebra", "1"}}});
}

TEST_CASE("a parameter without a value is refused unless --set gives one") {
  const std::string text = pipeline_with("text = «\"a ${missing}\"\n");
  check_refused(text, "--set missing=VALUE");
  std::string plain = text;
  plain.erase(plain.find("«"), 2);
  check_accepted(plain, {.set = {{"missing", "there"}}});
  check_refused(pipeline_with("text = «\"${hop}\"\n[params]\nhops = 1"), "did you mean 'hops'?");
}

TEST_CASE("a lone dollar is refused with the way to write it") {
  check_refused(pipeline_with("text = «\"5$\""), "write $$");
  check_refused(pipeline_with("text = «\"${open\""), "} is missing");
  check_refused(pipeline_with("text = «\"${}\""), "a parameter has a name");
  check_refused(pipeline_with("text = «\"$HOME/x\""), "environment variables are not read");
}

TEST_CASE("parameters are plain values with plain names") {
  check_refused(pipeline_with("[params]\n«Big = 1"), "no name for a parameter");
  check_refused(pipeline_with("[params]\nx = «{ a = 1 }"), "plain value");
  check_refused(pipeline_with("text = «\"a${l}\"\n[params]\nl = [1]"), "cannot stand inside a text");
}

TEST_CASE("parameters stand in paths, and mistakes behind them keep their place") {
  const std::string more = "[params]\nlast = \"sink\"\n";
  check_accepted(pipeline_with(more, "\"source -> step -> ${last}\""));
  check_refused(pipeline_with(more, "\"source -> step -> ${last}\", \"step[«othr] -> ProbeEnd\""),
                "did you mean");
  check_refused(pipeline_with("[params]\nlast = \"snk\"\n", "\"source -> step -> «${last}\""),
                "no element 'snk'");
}

}  // namespace ixyflow::test
