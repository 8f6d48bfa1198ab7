#include "tools/ixyflow/views/summary.hpp"

#include <catch2/catch.hpp>

#include "tools/ixyflow/json/json.hpp"

using namespace ixyflow;
using namespace ixyflow::tools;

TEST_CASE("counters of resources are shown with those of elements") {
  RunReport report;
  report.resources.push_back({"stations", "EtherTable", {{"learned", 1234}, {"aged", 0}}});
  CHECK_THAT(summary_text(report, {}),
             Catch::Contains("stations.learned  1,234") && Catch::Contains("stations.aged"));
  CHECK_THAT(write_json(summary_json(report, {}), JsonLayout::line),
             Catch::Contains(R"("resources":[{"name":"stations","type":"EtherTable","counters":)"
                             R"({"learned":1234,"aged":0}}])"));
}

TEST_CASE("a pool that was starved is seen in the summary and in its JSON, where it happened") {
  RunReport report;
  ElementReport& in = report.elements.emplace_back();
  in.name = "in";
  in.type = "FromDevice";
  in.no_buffer = 1234;
  report.ports.push_back({.name = "wan", .driver = "ixgbe", .no_buffer = 1234});
  CHECK_THAT(summary_text(report, {}),
             Catch::Contains("1,234") && Catch::Contains("short of buffers: no_buffer"));
  const std::string json = write_json(summary_json(report, {}), JsonLayout::line);
  const auto element = json.find("\"no_buffer\":1234");
  REQUIRE(element != std::string::npos);
  CHECK(json.find("\"no_buffer\":1234", element + 1) != std::string::npos);
}
