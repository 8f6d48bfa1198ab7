#include "core/device/port_registry.hpp"

#include <catch2/catch.hpp>

using namespace ixyflow;

namespace {

std::unique_ptr<PortSpec> named(std::string name, std::string doc = {}) {
  auto spec = std::make_unique<PortSpec>();
  spec->name = std::move(name);
  spec->doc = std::move(doc);
  return spec;
}

struct Probe final : Port {
  static void describe(PortSpecOf<Probe>& spec) {
    spec.doc("a port for this test").positional({"where"});
    spec.param("where", &Probe::where, "a place");
    spec.drop(PortDirection::transmit, "lost", &Probe::lost, "thrown away");
    spec.counter("seen", &Probe::seen, "looked at");
  }
  [[nodiscard]] PortProperties properties() const override { return {}; }
  std::string where = "here";
  Counter lost;
  Counter seen;
};

}  // namespace

TEST_CASE("drivers are listed by name, whatever the order in which their files are loaded") {
  PortRegistry registry;
  for (const char* name : {"tap", "af_packet", "pcap"}) registry.add(named(name));
  CHECK(registry.names() == std::vector<std::string>{"af_packet", "pcap", "tap"});
  REQUIRE(registry.all().size() == 3);
  CHECK(registry.all().front()->name == "af_packet");
  CHECK(registry.find("pcap") != nullptr);
  CHECK(registry.find("pca") == nullptr);
}

TEST_CASE("a driver's name that is taken is a conflict and replaces nothing") {
  PortRegistry registry;
  registry.add(named("pcap", "first"));
  registry.add(named("pcap", "second"));
  CHECK(registry.find("pcap")->doc == "first");
  CHECK(registry.take_conflicts() == std::vector<std::string>{"pcap"});
  CHECK(registry.take_conflicts().empty());
}

TEST_CASE("a port's description says all about it") {
  PortSpec spec;
  PortSpecOf<Probe> builder(spec);
  Probe::describe(builder);
  const auto port = spec.create();
  auto& probe = dynamic_cast<Probe&>(*port);
  probe.lost.add(3);
  REQUIRE(spec.counters.size() == 2);
  CHECK(spec.counters[0].drop);
  CHECK(spec.counters[0].direction == PortDirection::transmit);
  CHECK(spec.counters[0].value(probe, 0) == 3);
  CHECK_FALSE(spec.counters[1].drop);
  CHECK(spec.positional == std::vector<std::string>{"where"});
  CHECK(spec.parameters[0].default_text == "\"here\"");
}
