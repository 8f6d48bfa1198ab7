#include "core/runtime/report/bottleneck.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace ixyflow;

namespace {

WorkerReport worker(const std::string& name, int cpu, double busy) {
  WorkerReport report;
  report.name = name;
  report.cpu = cpu;
  report.rounds = 1'000'000;
  report.busy = busy;
  return report;
}

ElementReport element(const std::string& name, const std::string& core, std::uint64_t packets,
                      double cycles) {
  ElementReport report;
  report.name = name;
  report.core = core;
  report.in = packets;
  report.cycles_per_packet = cycles;
  return report;
}

RingReport ring(const std::string& edge, const std::string& from, const std::string& to) {
  RingReport report;
  report.edge = edge;
  report.from = from;
  report.to = to;
  report.length = 512;
  return report;
}

/// io -> work -> io, with the busy shares of the two.
RunReport two_cores(double io, double work) {
  RunReport report;
  report.workers = {worker("io", 1, io), worker("work", 2, work)};
  report.elements = {element("in", "io", 1000, 20), element("rewrite", "work", 1000, 200),
                     element("count", "work", 1000, 50), element("out", "io", 1000, 30)};
  report.rings = {ring("in -> rewrite", "io", "work"), ring("count -> out", "work", "io")};
  report.ports.resize(1);
  report.ports[0].name = "lan";
  return report;
}

}  // namespace

TEST_CASE("a core without time to spare is named with its dearest element and the ring that filled up") {
  RunReport report = two_cores(0.3, 0.98);
  report.rings[0].full_events = 1234;
  CHECK(
      find_bottleneck(report) ==
      "core 'work' on CPU 2 is the bottleneck: busy 98 % of the time, 80 % of that in 'rewrite' (200 cycles "
      "per packet); the ring 'in -> rewrite' in front of it was full 1,234 times");
}

TEST_CASE("a source that is busy all the time has no ring in front of it") {
  CHECK(find_bottleneck(two_cores(0.999, 0.5)) ==
        "core 'io' on CPU 1 is the bottleneck: busy 100 % of the time, 60 % of that in 'out' (30 cycles per "
        "packet)");
}

TEST_CASE("of two busy cores the one that was waited for is the bottleneck") {
  RunReport report = two_cores(0.97, 0.93);
  report.rings[0].full_events = 10;
  CHECK(find_bottleneck(report).starts_with("core 'work'"));
}

TEST_CASE("cheap elements that see many packets count for more than dear ones that see few") {
  RunReport report = two_cores(0.1, 0.95);
  report.elements[1].in = 1;
  CHECK(find_bottleneck(report).find("'count' (50 cycles") != std::string::npos);
}

TEST_CASE("a source's packets are counted where they leave") {
  RunReport report = two_cores(0.95, 0.1);
  report.elements[0].in = 0;
  report.elements[0].exits.push_back({.name = "out", .packets = 100'000});
  CHECK(find_bottleneck(report).find("in 'in' (20 cycles") != std::string::npos);
}

TEST_CASE("of copies under uneven load the busiest is named, with how the others are") {
  RunReport report;
  report.workers = {worker("io", 1, 0.2), worker("work.0", 2, 0.1), worker("work.1", 3, 0.97),
                    worker("work.2", 4, 0.3)};
  report.elements = {element("in", "io", 1000, 20), element("fw", "work", 1000, 300)};
  for (const char* core : {"work.0", "work.1", "work.2"})
    report.elements[1].copies.push_back(element("fw", core, 300, 300));
  CHECK(
      find_bottleneck(report) ==
      "core 'work.1' on CPU 3 is the bottleneck: busy 97 % of the time, 100 % of that in 'fw' (300 cycles per "
      "packet); the 2 other copies are busy 20 %, so that few flows make most of the load");
  report.workers[1].busy = report.workers[3].busy = 0.95;
  CHECK(find_bottleneck(report).ends_with("the 2 other copies are busy 95 %"));
}

TEST_CASE("cores that share a CPU and fill it together are named") {
  RunReport report = two_cores(0.5, 0.48);
  report.workers[1].cpu = 1;
  CHECK(find_bottleneck(report) == "CPU 1 is the bottleneck: cores 'io', 'work' share it");
}

TEST_CASE("without a core at its limit it was the port, the ring or the sources") {
  RunReport report = two_cores(0.4, 0.3);
  CHECK(
      find_bottleneck(report) ==
      "no core is the bottleneck: the busiest, 'io', has work 40 % of the time, and the sources gave no more");
  report.rings[1].dropped = 5000;
  CHECK(find_bottleneck(report).ends_with(
      "; but the ring 'count -> out' was too short for bursts and lost 5,000 packets"));
  report.rings[0].waited_for = 0.45;
  CHECK(find_bottleneck(report).ends_with(
      "; but 'io' waited 45 % of the time for room in the ring 'in -> rewrite', which 'work' had time to empty: "
      "something else may be using its CPU"));
  report.rings[1].waited_for = 0.3;
  CHECK(find_bottleneck(report).find("'work' waited 30 % of the time for room in the ring 'count -> out'") !=
        std::string::npos);
  report.ports[0].waited_for = 0.55;
  CHECK(find_bottleneck(report).ends_with("; sources waited 55 % of the time for port 'lan' to take more"));
}

TEST_CASE("without a core at its limit it was the element that held as many packets as it can") {
  RunReport report = two_cores(0.4, 0.3);
  report.elements[1].waited_for = 0.5;
  CHECK(find_bottleneck(report).ends_with("; sources waited 50 % of the time for room in 'rewrite'"));
  // What waits in front of it waits because of it.
  report.rings[0].waited_for = 0.6;
  report.elements[0].waited_for = 0.7;
  CHECK(find_bottleneck(report).ends_with("; sources waited 50 % of the time for room in 'rewrite'"));
  // And what is held in front of a slow ring is held because of the ring.
  report.elements[1].waited_for = 0;
  CHECK(find_bottleneck(report).find("for room in the ring 'in -> rewrite'") != std::string::npos);
}

TEST_CASE("nothing is said of a run that was too short, whose time was not measured, or without cores") {
  RunReport report = two_cores(0.95, 0.3);
  report.workers[0].rounds = 100;
  CHECK(find_bottleneck(report).empty());
  CHECK(find_bottleneck(two_cores(0, 0)).empty());
  CHECK(find_bottleneck({}).empty());
}
