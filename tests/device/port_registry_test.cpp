#include "core/device/port_registry.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "core/base/statistics/frame_counter.hpp"

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

TEST_CASE("a driver with several queues counts in each of them") {
  struct Queued final : Port {
    struct Queue {
      Counter lost;
      Counter late;
    };
    [[nodiscard]] PortProperties properties() const override { return {}; }
    std::vector<Queue> queues{3};
  };
  PortSpec spec;
  PortSpecOf<Queued>(spec)
      .counter("late", &Queued::queues, &Queued::Queue::late, "was behind")
      .drop(PortDirection::transmit, "lost", &Queued::queues, &Queued::Queue::lost, "thrown away");
  Queued port;
  port.queues[0].late.add(1);
  port.queues[2].lost.add(5);
  REQUIRE(spec.counters.size() == 2);
  CHECK(spec.counters[0].value(port, 0) == 1);
  CHECK(spec.counters[0].value(port, 2) == 0);
  CHECK(spec.counters[1].value(port, 2) == 5);
  CHECK(spec.counters[1].direction == PortDirection::transmit);
}

TEST_CASE("what a port loses with its bytes has both, what it only counts has none") {
  struct Losing final : Port {
    [[nodiscard]] PortProperties properties() const override { return {}; }
    FrameCounter flushed;
    Counter lost;
  };
  PortSpec spec;
  PortSpecOf<Losing>(spec)
      .drop(PortDirection::transmit, "flushed", &Losing::flushed, "thrown away")
      .drop(PortDirection::transmit, "lost", &Losing::lost, "gone");
  Losing port;
  port.flushed.add(60);
  port.flushed.add(1514);
  CHECK(spec.counters[0].value(port, 0) == 2);
  CHECK(spec.counters[0].bytes(port, 0) == 1574);
  CHECK_FALSE(spec.counters[1].bytes);
}

TEST_CASE("a plain counter is that of the first queue, so that no packet is counted twice") {
  PortSpec spec;
  PortSpecOf<Probe> builder(spec);
  Probe::describe(builder);
  Probe probe;
  probe.seen.add(7);
  CHECK(spec.counters[1].value(probe, 0) == 7);
  CHECK(spec.counters[1].value(probe, 1) == 0);
}
