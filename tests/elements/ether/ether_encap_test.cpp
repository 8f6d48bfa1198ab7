#include <catch2/catch.hpp>

#include "tests/support/element_harness.hpp"

using namespace ixyflow::test;

namespace {
constexpr const char* kParameters = R"(ethertype = 0x86dd
src = "02:00:00:00:00:01"
dst = "02:00:00:00:00:02")";
}

TEST_CASE("EtherEncap puts a header in front of packets of any length") {
  ElementHarness encap("EtherEncap", kParameters);
  for (std::size_t length = 0; length < 64; ++length) {
    const Sent sent = encap.send(counting(length));
    CHECK(sent.exit == "out");
    CHECK(sent.bytes == ethernet({.type = 0x86dd}, counting(length)));
  }
}

TEST_CASE("EtherEncap drops what its buffer has no room for") {
  HarnessOptions options;
  options.layout.headroom = 0;
  ElementHarness encap("EtherEncap", kParameters, options);
  const Sent sent = encap.send(udp_frame());
  CHECK(sent.exit == "no_headroom");
  CHECK(sent.bytes == udp_frame());
}

TEST_CASE("EtherEncap refuses an EtherType that does not fit 16 bits, and wants all parameters") {
  CHECK(refusal("EtherEncap", "ethertype = 65536\nsrc = \"02:00:00:00:00:01\"\ndst = \"02:00:00:00:00:02\"")
            .find("from 0 to 65535") != std::string::npos);
  const std::string missing = refusal("EtherEncap", "");
  for (const char* name : {"ethertype", "src", "dst"}) CHECK(missing.find(name) != std::string::npos);
}
