#include <catch2/catch.hpp>

#include "tests/support/element_harness.hpp"

using namespace ixyflow::test;

namespace {
const Bytes kFrame =
    ethernet({.destination = "02:00:00:00:00:02", .source = "02:00:00:00:00:01"}, counting(46));
}

TEST_CASE("EtherRewrite writes both addresses") {
  ElementHarness rewrite("EtherRewrite", R"(src = "06:00:00:00:00:0a"
dst = "06:00:00:00:00:0b")");
  const Sent sent = rewrite.send(kFrame);
  CHECK(sent.exit == "out");
  CHECK(sent.bytes ==
        ethernet({.destination = "06:00:00:00:00:0b", .source = "06:00:00:00:00:0a"}, counting(46)));
}

TEST_CASE("EtherRewrite leaves the address that is not given") {
  CHECK(ElementHarness("EtherRewrite", "src = \"06:00:00:00:00:0a\"").send(kFrame).bytes ==
        ethernet({.source = "06:00:00:00:00:0a"}, counting(46)));
  CHECK(ElementHarness("EtherRewrite", "dst = \"ff:ff:ff:ff:ff:ff\"").send(kFrame).bytes ==
        ethernet({.destination = "ff:ff:ff:ff:ff:ff"}, counting(46)));
  CHECK(ElementHarness("EtherRewrite").send(kFrame).bytes == kFrame);
}

TEST_CASE("EtherRewrite drops a frame without a whole Ethernet header, unchanged") {
  ElementHarness rewrite("EtherRewrite", "dst = \"06:00:00:00:00:0b\"");
  for (std::size_t length = 0; length < kFrame.size(); ++length) {
    const Sent sent = rewrite.send(kFrame.first(length));
    CHECK(sent.exit == (length < 14 ? "truncated" : "out"));
    if (length < 14) CHECK(sent.bytes == kFrame.first(length));
  }
}

TEST_CASE("A14: EtherRewrite refuses what is no MAC address") {
  for (const char* address :
       {"", "02:00:00:00:00", "02:00:00:00:00:0g", "02-00-00-00-00-01-02", "192.0.2.1"}) {
    const std::string text = refusal("EtherRewrite", parameters({{"dst", address}}));
    CHECK(text.find("'dst' takes a MAC address") != std::string::npos);
  }
}
