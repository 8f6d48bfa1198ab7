// `ixyflow new -e '...'`: the file that a line stands for is the same pipeline.

#include "tools/ixyflow/views/pipeline_toml.hpp"

#include <catch2/catch.hpp>
#include <optional>

#include "core/config/load.hpp"
#include "core/config/shorthand/one_line.hpp"

using namespace ixyflow;

namespace {

/// Everything that a pipeline is made of.
std::string shown(const std::optional<PipelineFile>& file, Diagnostics& diagnostics) {
  INFO(diagnostics.render());
  REQUIRE(file.has_value());
  const auto pipeline = build_pipeline(*file, {}, diagnostics);
  INFO(diagnostics.render());
  REQUIRE(pipeline.has_value());
  std::string text;
  for (const PortNode& port : pipeline->ports) {
    text += port.name + " " + port.spec->name;
    for (const ParameterSpec& parameter : port.spec->parameters)
      text += " " + parameter.show(port.port.get());
    text += "\n";
  }
  for (const ElementNode& element : pipeline->elements) {
    text += element.name + " " + element.spec->name;
    for (const ParameterSpec& parameter : element.spec->parameters)
      text += " " + parameter.show(element.element.get());
    text += " " + Value(element.parameters).toml() + "\n";
  }
  for (const Edge& edge : pipeline->edges) text += pipeline->show(edge) + "\n";
  return text;
}

}  // namespace

TEST_CASE("a line and the file that it stands for are the same pipeline") {
  for (const char* line :
       {R"(pcap:in.pcap -> Filter("tcp port 443") -> Counter -> pcap:out.pcap)",
        R"(wan :: pcap:in.pcap,out.pcap,loop=3 -> web :: Filter(udp) -> wan; web[other] -> Discard)",
        R"(generator:size=64,count=10,template={ "ip.dst" = "192.0.2.1", "udp.dst" = 53 } -> Tee -> null)",
        R"(null -> t :: Tee -> Rewrite(set={ "ip.ttl" = 64 }) -> Discard; t[1] -> [0]Queue(64) -> null)",
        R"(null -> RandomDrop(0.25) -> Delay(20ms) -> Classifier(["12/0800", "-"]) -> Discard)",
        R"(pcap:"quoted \"name\".pcap" -> Print(label='a "b" ${c} \ d', limit=1) -> Discard)"}) {
    INFO(line);
    Diagnostics of_line("-e", line);
    const auto read = read_one_line("-e", line, of_line);
    INFO(of_line.render());
    REQUIRE(read.has_value());
    const std::string toml = tools::pipeline_toml(read->root);
    INFO(toml);
    Diagnostics of_file("p.toml", toml);
    const auto file = parse_pipeline("p.toml", toml, of_file);
    if (std::string_view(line).find("${c}") == std::string_view::npos)
      CHECK(shown(read, of_line) == shown(file, of_file));
    else
      CHECK(Value(read->root).toml() == Value(file.value().root).toml());
  }
}

TEST_CASE("the file is written as a person would") {
  Diagnostics diagnostics;
  const auto read =
      read_one_line("-e", R"(pcap:in.pcap -> Filter(udp) -> Counter -> pcap:out.pcap)", diagnostics);
  REQUIRE(read.has_value());
  CHECK(tools::pipeline_toml(read->root) == R"([ports.in]
driver = "pcap"
read = "in.pcap"

[ports.out]
driver = "pcap"
write = "out.pcap"

[elements.filter]
type = "Filter"
expr = "udp"

[elements.counter]
type = "Counter"

[graph]
paths = ["in -> filter -> counter -> out"]
)");
}
