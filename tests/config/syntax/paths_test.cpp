#include "tests/config/config_support.hpp"

namespace ixyflow::test {

TEST_CASE("a path that cannot be read is refused where it goes wrong") {
  check_refused(pipeline_with("", "\"«\""), "the path is empty");
  check_refused(pipeline_with("", "\"«source\""), "a path leads from one element to another");
  check_refused(pipeline_with("", "\"source -> step -> sink -> «\""), "ends behind '->'");
  check_refused(pipeline_with("", "\"source -> step «=> sink\""), "a ring by itself");
  check_refused(pipeline_with("", "\"source -> step«(ttl 4) -> sink\""), "under [elements.step]");
  check_refused(pipeline_with("", "\"source -> step «:: ProbeStep -> sink\""), "write [elements.step]");
  check_refused(pipeline_with("", "\"source -> step«, sink\""), "',' does not stand in a path");
  check_refused(pipeline_with("", "\"source -> step -> «-> sink\""), "expected an element");
  check_refused(pipeline_with("", "\"source -> step«[other -> sink\""), "not closed");
  check_refused(pipeline_with("", "\"source -> step«[] -> sink\""), "needs a name or a number");
  check_refused(pipeline_with("", "\"source -> «Step_x -> sink\""), "is no name");
  check_refused(pipeline_with("", "\"[«0]source -> step -> sink\""), "nothing leads to the input");
  check_refused(pipeline_with("", "\"source -> step -> sink\", \"step[1] -> ProbeTee[«1]\""),
                "leads nowhere");
}

TEST_CASE("an unnamed element needs a type that needs nothing") {
  check_refused(pipeline_with("", "\"source -> step -> sink\", \"step[1] -> «ProbeChoice\""),
                "needs 'cases'");
  check_refused(pipeline_with("", "\"source -> step -> sink\", \"step[1] -> «ProbEnd\""),
                "did you mean 'ProbeEnd'?");
}

TEST_CASE("places in paths are exact in every kind of string") {
  check_refused(pipeline_with("", "'source -> «stp -> sink'"), "stp");
  check_refused(pipeline_with("", "\"source \\u002d> «stp -> sink\""), "stp");
  check_refused(pipeline_with("", "\"source\\t-> «stp -> sink\""), "stp");
  check_refused(pipeline_with("", "\"\"\"\nsource ->\n  «stp -> sink\"\"\""), "stp");
  check_refused(pipeline_with("", "\"\"\"source -> \\\n     «stp -> sink\"\"\""), "stp");
  check_refused(pipeline_with("", "'''\nsource -> «stp\n -> sink'''"), "stp");
}

TEST_CASE("a path that cannot be read does not make mistakes of what it would have fed") {
  check_refused(pipeline_with("", "\"source «=> step\", \"step -> sink\""), "ring");
  check_refused(pipeline_with("", "\"source -> «stpe\", \"step -> sink\""), "did you mean 'step'?");
  check_refused(pipeline_with("", "\"q «:: Queue; source -> q\", \"step -> sink\""),
                "not declared in a path");
}

TEST_CASE("a name that is none is refused once, where it is declared") {
  const std::string declared = "[elements.«my-step]\ntype = \"ProbeStep\"\n";
  check_refused(pipeline_with(declared, "\"source -> my-step -> step -> sink\", \"my-step[1] -> ProbeEnd\""),
                "at most 64: my_step");
  check_refused(pipeline_with("", "\"source -> «m\xc3\xbd -> sink\""), "is no name for an element");
}

}  // namespace ixyflow::test
