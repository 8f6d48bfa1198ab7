#include "tools/ixyflow/views/element_rates.hpp"

#include <catch2/catch.hpp>

#include "tools/ixyflow/json/json.hpp"

namespace ixyflow::tools {
namespace {

const char* const kBefore =
    R"({"seconds":1.0,"elements":[{"name":"a","type":"Filter","core":"main","in":100,"received":0,"created":0,
        "exits":[{"kind":"output","to":"b","packets":60,"bytes":6000},
                 {"kind":"intended","to":null,"packets":40,"bytes":4000}]}]})";
const char* const kAfter =
    R"({"seconds":3.0,"elements":[{"name":"a","type":"Filter","core":"main","in":2100,"received":0,"created":0,
        "exits":[{"kind":"output","to":"b","packets":1060,"bytes":106000},
                 {"kind":"intended","to":null,"packets":1040,"bytes":104000}]}]})";

TEST_CASE("rates of an element are what it did between two summaries, per second") {
  const Value rates = element_rates_json(*parse_json(kBefore), *parse_json(kAfter));
  CHECK(write_json(rates, JsonLayout::line) ==
        R"({"seconds":3.0,"elements":[{"name":"a","type":"Filter","core":"main",)"
        R"("packets_per_second":1000.0,"bits_per_second":800000.0,"dropped_per_second":500.0}]})");
  CHECK(element_rates_text(rates, {}) ==
        "3.0 s  TYPE    CORE    PACKETS        BITS  DROPPED\n"
        "a      Filter  main  1.00 kpps  800 kbit/s  500 pps\n");
}

TEST_CASE("what is no summary, or older than the one before, gives no rates") {
  CHECK(write_json(element_rates_json(*parse_json("[]"), *parse_json("null")), JsonLayout::line) ==
        R"({"seconds":0.0,"elements":[]})");
  const Value backwards = element_rates_json(*parse_json(kAfter), *parse_json(kBefore));
  CHECK(write_json(backwards, JsonLayout::line).find(R"("packets_per_second":0.0)") != std::string::npos);
}

}  // namespace
}  // namespace ixyflow::tools
