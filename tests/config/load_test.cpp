#include <algorithm>
#include <array>

#include "tests/config/config_support.hpp"

namespace ixyflow::test {

TEST_CASE("a pipeline becomes ports, elements and edges") {
  const Pipeline pipeline =
      check_accepted(pipeline_with("", "\"source -> step -> sink\", \"step[other] -> ProbeEnd\""));
  REQUIRE(pipeline.ports.size() == 2);
  REQUIRE(pipeline.elements.size() == 4);
  CHECK(pipeline.elements[3].name == "ProbeEnd@15");
  REQUIRE(pipeline.edges.size() == 3);
  CHECK(pipeline.show(pipeline.edges[0]) == "source -> step");
  CHECK(pipeline.show(pipeline.edges[1]) == "step[out] -> sink");
  CHECK(pipeline.show(pipeline.edges[2]) == "step[other] -> ProbeEnd@15");
  CHECK(pipeline.elements[0].ports == std::vector<std::size_t>{0});
  CHECK(pipeline.settings.name == "p");
}

TEST_CASE("elements stand in the order of the file, not of their names") {
  const Pipeline pipeline = check_accepted(pipeline_with(""));
  CHECK(pipeline.elements[0].name == "source");
  CHECK(pipeline.elements[1].name == "sink");
  CHECK(pipeline.elements[2].name == "step");
}

TEST_CASE("several edges into one input are merged") {
  const Pipeline pipeline =
      check_accepted(pipeline_with("", "\"source -> step -> sink\", \"step[other] -> sink\""));
  CHECK(pipeline.edges.size() == 3);
}

TEST_CASE("inputs and outputs are found by name and by number") {
  const Pipeline pipeline =
      check_accepted(pipeline_with("[elements.join]\ntype = \"ProbeJoin\"\n",
                                   "\"source -> step -> [right]join -> sink\", \"step[1] -> [ 0 ]join\""));
  CHECK(pipeline.edges[1].input == 1);
  CHECK(pipeline.edges[3].output == 1);
  CHECK(pipeline.edges[3].input == 0);
}

TEST_CASE("an element with open outputs has as many as are wired, and at least one") {
  const auto outputs = [](const char* paths) {
    const Pipeline pipeline = check_accepted(pipeline_with("[elements.tee]\ntype = \"ProbeTee\"\n", paths));
    return pipeline.elements[3].outputs;
  };
  CHECK(outputs("\"source -> tee -> step -> sink\"") == 1);
  CHECK(outputs("\"source -> tee[2] -> step -> sink\"") == 3);
  CHECK(outputs("\"source -> step -> sink\", \"step[1] -> tee\"") == 1);
}

TEST_CASE("outputs by parameter are numbered for a list and named for a table") {
  const auto choice = [](std::string_view cases, const char* paths) {
    return check_accepted(
        pipeline_with("[elements.choice]\ntype = \"ProbeChoice\"\ncases = " + std::string(cases), paths));
  };
  CHECK(choice("[7, 8]", "\"source -> step -> choice[1] -> sink\"").elements[3].output_names ==
        std::vector<std::string>{"0", "1"});
  CHECK(choice("{ web = 1, dns = 2 }", "\"source -> step -> choice[dns] -> sink\"").edges[2].output == 1);
}

TEST_CASE("unnamed elements of one line have names of their own") {
  const Pipeline pipeline = check_accepted(
      pipeline_with("", "\"source -> step -> sink\", \"step[other] -> ProbeTee -> ProbeTee -> ProbeEnd\""));
  CHECK(pipeline.elements[3].name == "ProbeTee@15");
  CHECK(pipeline.elements[4].name == "ProbeTee@15.2");
}

TEST_CASE("A8: an edge to something that is not there is refused") {
  check_refused(pipeline_with("", "\"source -> «stp -> sink\""), "did you mean 'step'?");
  check_refused(pipeline_with("", "\"source -> step -> sink\", \"step[«othr] -> ProbeEnd\""),
                "did you mean 'other'?");
  check_refused(pipeline_with("", "\"source -> step -> sink\", \"step[«2147483648] -> ProbeEnd\""),
                "'step' (ProbeStep) has no output '2147483648' | its outputs: out, other");
  check_refused(
      pipeline_with("", "\"source -> step -> sink\", \"step[«99999999999999999999999] -> ProbeEnd\""),
      "no output");
  check_refused(pipeline_with("", "\"source -> step -> sink\", \"step[1] -> [«1]step\""), "has no input '1'");
  check_refused(pipeline_with("", "\"source -> step -> sink\", \"step[other] -> «source\""),
                "'source' (ProbeSource) has no input");
  check_refused(pipeline_with("", "\"source -> step -> «sink -> ProbeEnd\""),
                "'sink' (ProbeSink) has no output");
  check_refused(pipeline_with("", "\"source -> step -> sink\", \"step[«bad] -> ProbeEnd\""), "is a drop");
  check_refused(pipeline_with("[elements.tee]\ntype = \"ProbeTee\"\n",
                              "\"source -> tee -> step -> sink\", \"tee[«256] -> ProbeEnd\""),
                "0 to 255");
}

TEST_CASE("A8: an output wired twice is refused, and Tee is named") {
  check_refused(pipeline_with("", "\"source -> step -> sink\",\n\"«step -> ProbeEnd\""), "a Tee copies");
  check_refused(pipeline_with("", "\"source -> step -> sink\",\n\"step[«out] -> ProbeEnd\""),
                "in line 15 to 'sink', and here");
}

TEST_CASE("A8: an element that nothing feeds is refused") {
  check_refused(pipeline_with("[elements.«lonely]\ntype = \"ProbeStep\"\n",
                              "\"source -> step -> sink\", \"lonely -> ProbeEnd\""),
                "nothing feeds element 'lonely'");
}

TEST_CASE("A8: what is declared and not used is warned about and left out") {
  const Built built = build(pipeline_with(
      "[ports.spare]\ndriver = \"probe\"\n[elements.idle]\ntype = \"ProbeStep\"\n[cores]\nextra = {}\nmain = {}\n"));
  INFO(built.text());
  REQUIRE(built.pipeline.has_value());
  CHECK_THAT(built.text(), Catch::Contains("no element uses port 'spare'"));
  CHECK_THAT(built.text(), Catch::Contains("element 'idle' stands in no path"));
  CHECK_THAT(built.text(), Catch::Contains("nothing runs on core 'main'"));
  CHECK_THAT(built.text(), Catch::Contains("output 'other' of 'step' leads nowhere"));
  CHECK(built.pipeline->ports.size() == 2);
  CHECK(built.pipeline->elements.size() == 3);
}

TEST_CASE("A9: a cycle that packets never leave is refused by name") {
  const std::string elements = "[elements.a]\ntype = \"ProbeStep\"\n[elements.b]\ntype = \"ProbeStep\"\n";
  const std::string marked = "[elements.«" + elements.substr(10);
  const std::string paths = "\"source -> step -> sink\", \"step[other] -> a -> b -> a\", \"a[other] -> b\", ";
  check_refused(pipeline_with(marked, paths + "\"b[other] -> a\""),
                "packets never leave the cycle a -> b -> a, and so the run never ends");
  check_accepted(pipeline_with(elements, paths + "\"b[other] -> sink\""));
  check_accepted(pipeline_with(elements, "\"source -> step -> sink\", \"step[other] -> a -> b -> a\""));
}

TEST_CASE("A9: a cycle that no source feeds is refused by name") {
  check_refused(pipeline_with("[elements.«a]\ntype = \"ProbeStep\"\n[elements.b]\ntype = \"ProbeStep\"\n",
                              "\"source -> step -> sink\", \"a -> b -> a\""),
                "no source feeds the cycle");
  check_refused(
      pipeline_with("[elements.«a]\ntype = \"ProbeStep\"\n", "\"source -> step -> sink\", \"a -> a\""),
      "cycle a -> a");
  check_accepted(pipeline_with("", "\"source -> step -> sink\", \"step[other] -> step\""));
}

TEST_CASE("A10: two users of one queue or file are refused, both named") {
  check_refused(pipeline_with("[elements.«again]\ntype = \"ProbeSource\"\nport = \"near\"\n",
                              "\"source -> step -> sink\", \"again -> step\""),
                "'source', 'again'");
  std::string text = pipeline_with("");
  text.replace(text.find("driver = \"probe\""), 0, "write = \"x.pcap\"\n");
  text.replace(text.rfind("driver = \"probe\""), 0, "write = \"x.pcap\"\n");
  text.replace(text.find("far]"), 0, "«");
  check_refused(text, "ports 'near' and 'far' both use file x.pcap");
}

TEST_CASE("A7: unknown types, drivers, keys and names are refused with a suggestion") {
  check_refused(pipeline_with("[elements.x]\ntype = «\"ProbeStap\"\n", "\"source -> step -> x\""),
                "did you mean 'ProbeStep'?");
  check_refused(pipeline_with("«tl = 4"), "did you mean 'ttl'?");
  check_refused(pipeline_with("[ports.x]\ndriver = «\"prob\""), "did you mean 'probe'?");
  check_refused(pipeline_with("[pipeline]\n«brust = 4"), "did you mean 'burst'?");
  check_refused(pipeline_with("[«element.x]\ntype = \"ProbeStep\""), "did you mean 'elements'?");
  check_refused(pipeline_with("", "\"source -> step -> sink\"]\n«path = ["), "did you mean 'paths'?");
  check_refused(pipeline_with("core = «\"wrok\"\n[cores]\nwork = {}"), "did you mean 'work'?");
  check_refused(pipeline_with("[cores]\nwork = { near = «\"nea\" }"), "did you mean 'near'?");
  check_refused(pipeline_with("[cores]\nmain = { «cpus = 1 }"), "did you mean 'cpu'?");
  check_refused(pipeline_with("[elements.x]\ntype = \"ProbeSink\"\nport = «\"nera\"\n",
                              "\"source -> step -> sink\", \"step[1] -> x\""),
                "did you mean 'near'?");
}

TEST_CASE("C11: of a file whose plugin is not there nothing else is said than that") {
  const Built built = build(
      "[pipeline]\nplugins = [\"/nowhere.so\"]\n[ports.a]\ndriver = \"of_plugin\"\n"
      "[elements.x]\ntype = \"OfPlugin\"\nodd = 1\n[graph]\npaths = [\"x -> OfPlugin -> y\"]\n");
  CHECK(built.diagnostics.errors() == 1);
  CHECK_THAT(built.text(), Catch::Contains("plugin '/nowhere.so': No such file"));
}

TEST_CASE("tables that are reserved say so") {
  check_refused(pipeline_with("[«include]"), "reserved");
  check_refused(pipeline_with("[«subgraphs]"), "reserved");
}

TEST_CASE("A5: every numeric key refuses what is out of its range, and says the range") {
  const std::array values = {"-1",  "0",     "2147483648", "4294967296", "9223372036854775807", "1e3", "inf",
                             "nan", "\"7\"", "true",       "[]"};
  const std::array keys = {
      "[pipeline]\nversion = ",
      "[pipeline]\nburst = ",
      "[pipeline]\npacket_size = ",
      "[cores]\nmain = { count = ",
      "[rings]\n\"source -> step\" = { length = ",
      "ttl = ",
  };
  for (const char* key : keys)
    for (const char* value : values) {
      const std::string text = std::string(key) + "«" + value;
      check_refused(
          pipeline_with(std::string_view(key).find('{') != std::string_view::npos ? text + " }" : text), "");
    }
  check_refused(pipeline_with("ttl = «9223372036854775808"), "64 bits");
  check_refused(pipeline_with("ttl = «256"), "1 to 255");
  check_refused(pipeline_with("[cores]\nmain = { cpu = «-1 }"), "0 to 4095");
  check_refused(pipeline_with("[pipeline]\nseed = «-1"), "seed");
}

TEST_CASE("A14: addresses that are none are refused where they stand") {
  for (const char* line : {"ip = «\"1.2.3.256\"", "net = «\"10.0.0.1/33\"", "net = «\"10.0.0.1/24\"",
                           "ip6 = «\"::1%x\"", "net6 = «\"2001:db8::1/32\"", "mac = «\"02:00:00:00:01\"",
                           "mac = «\"02:00:00:00:00:0g\"", "udp = «65536", "ip = «\"\"", "ip = «1"})
    check_refused(pipeline_with(line), "");
}

TEST_CASE("A7: a MAC address may be that of a port where the parameter says so, and the port must be there") {
  const std::string ports =
      "[ports.a]\ndriver = \"null\"\n[ports.b]\ndriver = \"null\"\n"
      "[elements.in]\ntype = \"FromDevice\"\nport = \"a\"\n[elements.macs]\n"
      "type = \"EtherRewrite\"\n";
  const std::string graph = "\n[graph]\npaths = [\"in -> macs -> Discard\"]\n";
  const Built built = build(ports + "src = \"port:b\"" + graph);
  REQUIRE(built.pipeline.has_value());
  CHECK(built.diagnostics.sorted().empty());  // the port is in use, though nothing is sent to it
  REQUIRE(built.pipeline->elements[1].addresses.size() == 1);
  CHECK(built.pipeline->elements[1].addresses[0].port == 1);
  check_refused(ports + "src = «\"port:c\"" + graph, "there is no port 'c'");
  check_refused(ports + "dst = «\"port:a\"\nsrc = \"port:b\"" + graph, "MAC address");
}

TEST_CASE("A11: cores that cannot be are refused") {
  check_refused(pipeline_with("[cores]\na = { cpu = 1 }\n«b = { cpu = 1 }"),
                "'a' and 'b' both ask for CPU 1");
  for (const char* core :
       {"«666", "«-1", "{ cpu = «-1 }", "{ cpu = «\"5-2\" }", "{ cpu = «[] }", "{ cpu = «66666 }"}) {
    std::string text = core;
    if (!text.starts_with("{")) text = "{ cpu = " + text + "66 }";
    check_refused(pipeline_with("[cores]\na = " + text), "");
  }
  check_refused(pipeline_with("[cores]\na = { cpu = 1, «near = \"near\" }"), "no meaning");
}

TEST_CASE("A13: a ring that cannot hold a burst is refused with the length that it needs") {
  const auto text = [](const char* ring, const char* pipeline) {
    std::string built =
        pipeline_with("core = \"b\"\n[cores]\na = {}\nb = {}\n" + std::string(pipeline) + "[rings]\n" + ring);
    return built.insert(built.find("port = \"near\""), "core = \"a\"\n");
  };
  for (const char* length : {"0", "1", "3", "2147483648"})
    check_refused(text(("\"source -> step\" = { length = «" + std::string(length) + " }").c_str(), ""),
                  "16 to 1048576");
  check_refused(text("«\"source -> step\" = { length = 63 }", ""), "at least 64 packets");
  check_refused(text("«\"source -> step\" = { length = 255 }", "[pipeline]\nburst = 256\n"),
                "at least 256 packets");
  check_accepted(text("\"source -> step\" = { length = 64 }", ""));
  check_refused(text("\"«sorce -> step\" = {}", ""), "did you mean 'source'?");
  check_refused(text("«\"source -> sink\" = {}", ""), "no path has the edge");
  check_refused(text("\"source -> step\" = {}\n«\"source->step\" = {}", ""),
                "described twice: in line 19 and here");
  check_refused(text("\"source -> step\" = { full = «\"wiat\" }", ""), "wait");
}

TEST_CASE("exceptions of an element are mistakes like any other") {
  check_refused(
      pipeline_with("throws = true").replace(pipeline_with("").find("[elements.step]") + 10, 0, "«"),
      "told to throw");
}

TEST_CASE("an element reports a mistake at the parameter that it means") {
  check_refused(pipeline_with("ttl = «13"), "12 or 14");
}

TEST_CASE("a port that cannot do what an element needs is refused") {
  std::string text = pipeline_with("");
  text.replace(text.find("driver = "), 0, "receives = false\n");
  text.replace(text.find("\"near\"\n"), 0, "«");
  check_refused(text, "port 'near' (driver probe) cannot receive");
}

TEST_CASE("A file with ten mistakes reports all ten, each in its place") {
  const auto [text, expected] = unmark(R"([pipeline]
«brust = 4
[cores]
io = { cpu = «-1 }
[ports.wan]
driver = "probe"
«raed = "x"
[ports.lan]
driver = «"prob"
[elements.in]
type = "ProbeSource"
port = «"wam"
[elements.step]
type = «"ProbeStp"
[elements.hop]
type = "ProbeStep"
ttl = «256
[elements.more]
type = "ProbeStep"
mac = «"02:00"
[elements.«lost]
type = "ProbeStep"
[graph]
paths = [
  "in -> step -> hop -> more -> «nowhere",
  "lost -> step",
]
)");
  const Built built = build(text);
  INFO(built.text());
  CHECK(built.diagnostics.errors() == expected.size());
  for (const SourceRange& place : expected) {
    INFO(place.line << ":" << place.column);
    CHECK(std::ranges::any_of(built.diagnostics.sorted(), [&](const Diagnostic& entry) {
      return entry.severity == Severity::error && entry.where.line == place.line &&
             entry.where.column == place.column;
    }));
  }
}

}  // namespace ixyflow::test
