// A whole pipeline in one line, `ixyflow run -e '...'`.

#include "core/config/shorthand/one_line.hpp"

#include <catch2/catch.hpp>

#include "tests/config/config_support.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

Built build_line(std::string text) {
  Built built{.diagnostics = Diagnostics("-e", text), .pipeline = {}};
  if (const auto file = read_one_line("-e", std::move(text), built.diagnostics))
    built.pipeline = build_pipeline(*file, {}, built.diagnostics);
  return built;
}

/// What a line that is right becomes: edges, one per line.
std::string edges_of(const std::string& text) {
  INFO(text);
  const Built built = build_line(text);
  INFO(built.text());
  REQUIRE(built.pipeline.has_value());
  CHECK(built.text().empty());
  std::string edges;
  for (const Edge& edge : built.pipeline->edges) edges += built.pipeline->show(edge) + "\n";
  return edges;
}

/// What is given to the element or port called `name`, as in a file.
std::string given(const std::string& text, std::string_view name) {
  INFO(text);
  const Built built = build_line(text);
  INFO(built.text());
  REQUIRE(built.pipeline.has_value());
  for (const PortNode& node : built.pipeline->ports)
    if (node.name == name) return Value(node.parameters).toml();
  for (const ElementNode& node : built.pipeline->elements)
    if (node.name == name) return Value(node.parameters).toml();
  return "nothing is called so";
}

/// « stands before what must be the only error.
void check_line_refused(std::string_view marked, std::string_view message) {
  const auto [text, places] = unmark(marked);
  const Built built = build_line(text);
  INFO(text << "\n--- said:\n" << built.text());
  REQUIRE_FALSE(built.pipeline.has_value());
  REQUIRE(built.diagnostics.errors() == 1);
  const Diagnostic mistake = built.diagnostics.sorted().front();
  CHECK(mistake.where.line == places.front().line);
  CHECK(mistake.where.column == places.front().column);
  CHECK_THAT(mistake.text + " | " + mistake.hint, Catch::Contains(std::string(message)));
}

}  // namespace

TEST_CASE("a line is ports and elements that are declared where they stand") {
  CHECK(edges_of(R"(pcap:in.pcap -> Filter("tcp port 443") -> Counter -> pcap:out.pcap)") ==
        "in.rx -> filter\nfilter[out] -> counter\ncounter -> out.tx\n");
  CHECK(edges_of("null:count=3->Counter->null") == "in.rx -> counter\ncounter -> out.tx\n");
  CHECK(edges_of("generator -> VLANDecap -> Discard") == "in.rx -> vlan_decap\nvlan_decap -> discard\n");
}

TEST_CASE("a value without a name is that of the first parameter, and at the end of a path what is written") {
  const std::string line = R"(pcap:in.pcap -> Filter(expr="udp") -> Filter("tcp port 443") -> pcap:out.pcap)";
  CHECK(given(line, "in") == R"({ driver = "pcap", read = "in.pcap" })");
  CHECK(given(line, "filter") == R"({ type = "Filter", expr = "udp" })");
  CHECK(given(line, "filter2") == R"({ type = "Filter", expr = "tcp port 443" })");
  CHECK(given(line, "out") == R"({ driver = "pcap", write = "out.pcap" })");
  CHECK(given("null -> Counter -> pcap:,out.pcap", "out") == R"({ driver = "pcap", write = "out.pcap" })");
  CHECK(given("null -> Paint(3) -> null", "paint") == R"({ type = "Paint", color = 3 })");
}

TEST_CASE("values are TOML, or text as it is written where the parameter takes text") {
  CHECK(given("null -> Filter(udp and (port 53 or port 5353)) -> null", "filter") ==
        R"x({ type = "Filter", expr = "udp and (port 53 or port 5353)" })x");
  CHECK(given("null -> Filter('udp and ip[8] < 5', vlan=strict) -> null", "filter") ==
        R"({ type = "Filter", expr = "udp and ip[8] < 5", vlan = "strict" })");
  CHECK(given("null -> Delay(time = 20ms, capacity = 100) -> null", "delay") ==
        R"({ type = "Delay", time = "20ms", capacity = 100 })");
  CHECK(given(R"(null -> Rewrite(set={ "ip.ttl" = 64, "eth.dst" = "02:00:00:00:00:01" }) -> null)",
              "rewrite") ==
        R"({ type = "Rewrite", set = { "ip.ttl" = 64, "eth.dst" = "02:00:00:00:00:01" } })");
  CHECK(given(R"(pcap:"a,b -> c.pcap" -> Discard)", "in") ==
        R"({ driver = "pcap", read = "a,b -> c.pcap" })");
}

TEST_CASE("names, outputs and further paths are written as in Click") {
  CHECK(edges_of("wan :: pcap:in.pcap,out.pcap -> web :: Filter(udp) -> Counter -> wan;\n"
                 "web[other] -> Discard;") ==
        "wan.rx -> web\nweb[out] -> counter\ncounter -> wan.tx\nweb[other] -> discard\n");
  CHECK(edges_of("f :: Filter(udp); null -> f -> Discard; f[other] -> Discard") ==
        "in.rx -> f\nf[out] -> discard\nf[other] -> discard2\n");
  CHECK(edges_of("null -> Counter -> null; null -> Counter -> null") ==
        "in.rx -> counter\ncounter -> out.tx\nin2.rx -> counter2\ncounter2 -> out2.tx\n");
  CHECK(edges_of("counter :: Counter -> Discard; null -> Counter -> counter") ==
        "counter -> discard\nin.rx -> counter2\ncounter2 -> counter\n");
}

TEST_CASE("a mistake in a line has its place there") {
  check_line_refused("null -> «Fliter(\"udp\") -> null", "did you mean 'Filter'?");
  check_line_refused("«pcpa:in.pcap -> Counter -> null", "there is no driver 'pcpa' | did you mean 'pcap'?");
  check_line_refused("null -> Filter(«exrp=\"udp\", expr=\"udp\") -> null", "unknown key 'exrp'");
  check_line_refused("null -> Paint(«300) -> null", "'color' takes an integer from 0 to 255");
  check_line_refused("null -> Paint(1, «2) -> null", "Paint takes one value without a name");
  check_line_refused("null -> Counter(«1) -> null", "Counter takes no value without a name");
  check_line_refused("null -> Paint(1, color=«2) -> null", "'color' is given twice");
  check_line_refused("null -> Paint(1, «type=Tee) -> null", "'type' is said already: Paint");
  check_line_refused("null -> «Filter -> null", "needs 'expr'");
  check_line_refused("null -> «wan -> null", "there is no element 'wan'");
  check_line_refused("null -> «null -> Discard", "stands in the middle of a path");
  check_line_refused("a :: Counter -> «a :: Counter", "'a' is declared twice");
  check_line_refused("null -> x :: Filter(udp)[«oter] -> Discard", "oter");
}

TEST_CASE("a line that cannot be read is refused where that begins") {
  check_line_refused("«", "the line is empty");
  check_line_refused("«pcap:in.pcap", "a path leads from one element or port to another");
  check_line_refused("«hello.toml", "a file is given without -e");
  check_line_refused("null -> Filter«(\"udp) -> null", "is not closed");
  check_line_refused("null -> Counter -> «", "the path ends where an element or a port is expected");
  check_line_refused("null -> Counter «=> null", "expected '->', not '=> null'");
  check_line_refused("null -> «9lives -> null", "'9lives' is no name");
  check_line_refused("null -> «count(1) -> null", "neither a type of element nor a driver");
  check_line_refused("null -> Counter«[0 -> null", "not closed");
  check_line_refused("null -> Counter\n  -> «| -> null", "expected an element or a port, not '| -> null'");
}
