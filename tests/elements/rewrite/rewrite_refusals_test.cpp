#include <catch2/catch.hpp>

#include "tests/support/element_harness.hpp"

using namespace ixyflow::test;

namespace {
void check_refusal(const char* toml, const char* text) {
  INFO(toml);
  CHECK_THAT(refusal("Rewrite", toml), Catch::Contains(text));
}
}  // namespace

TEST_CASE("Rewrite names the nearest field for one that it does not know") {
  check_refusal("set = { \"ip.tll\" = 1 }", "unknown field 'ip.tll' in element 'x' (type Rewrite)");
  check_refusal("set = { \"ip.tll\" = 1 }", "did you mean 'ip.ttl'?");
  check_refusal("set = { ip.tll = 1 }", "unknown field 'ip.tll'");
  check_refusal("add = { \"completely.different\" = 1 }", "fields are eth.dst, eth.src");
}

TEST_CASE("Rewrite refuses values that do not fit their field") {
  check_refusal("set = { ip.ttl = 256 }", "'ip.ttl' takes an integer from 0 to 255, not 256");
  check_refusal("set = { ip.ttl = -1 }", "'ip.ttl' takes an integer from 0 to 255, not -1");
  check_refusal("set = { ip.ttl = \"64\" }", "'ip.ttl' takes an integer from 0 to 255, not \"64\"");
  check_refusal("set = { ip.ttl = 1.5 }", "'ip.ttl' takes an integer");
  check_refusal("set = { vlan.id = 4096 }", "from 0 to 4095");
  check_refusal("set = { tcp.seq = 4294967296 }", "from 0 to 4294967295");
  check_refusal("add = { ip.ttl = 256 }", "'ip.ttl' takes an integer from -255 to 255, not 256");
  check_refusal("add = { ip.ttl = -256 }", "'ip.ttl' takes an integer from -255 to 255, not -256");
}

TEST_CASE("A14: Rewrite refuses addresses that are none") {
  check_refusal("set = { ip.src = \"1.2.3.256\" }", "'ip.src' takes an IPv4 address");
  check_refusal("set = { ip6.src = \"::1%x\" }", "'ip6.src' takes an IPv6 address");
  check_refusal("set = { eth.dst = \"02:00:00:00:00\" }", "'eth.dst' takes a MAC address");
  check_refusal("set = { eth.dst = 1 }", "'eth.dst' takes a MAC address");
  check_refusal("set = { udp.dst = 65536 }", "'udp.dst' takes an integer from 0 to 65535, not 65536");
}

TEST_CASE("Rewrite refuses lengths, checksums and versions, which follow from the packet") {
  for (const char* field : {"ip.checksum", "ip.len", "ip.ihl", "ip.version", "ip6.len", "ip6.version",
                            "tcp.checksum", "tcp.offset", "udp.len", "udp.checksum"})
    for (const char* table : {"set", "add"})
      check_refusal((std::string(table) + " = { \"" + field + "\" = 1 }").c_str(), "cannot be set");
}

TEST_CASE("Rewrite refuses edits that contradict each other") {
  check_refusal("set = { ip.ttl = 3 }\nadd = { ip.ttl = 1 }", "'ip.ttl' is changed twice");
  check_refusal("set = { ip.tos = 3, ip.dscp = 1 }", "'ip.dscp' and 'ip.tos' change the same bits");
  check_refusal("set = { ip.ttl = 3, ip6.hlim = 3 }", "no packet has both 'ip.ttl' and 'ip6.hlim'");
  check_refusal("set = { tcp.dst = 3, udp.dst = 3 }", "no packet has both 'tcp.dst' and 'udp.dst'");
  check_refusal("add = { ip.src = 1 }", "'ip.src' is an address");
}

TEST_CASE("Rewrite wants tables") {
  check_refusal("set = 5", "'set' takes a table of fields, not 5");
  check_refusal("add = [1]", "'add' takes a table of fields, not [1]");
}

TEST_CASE("Rewrite reports all of its mistakes in one run") {
  const std::string text = refusal(
      "Rewrite", "set = { ip.tll = 1, ip.ttl = 256, ip.len = 3, eth.dst = \"x\" }\nadd = { ip.src = 1 }");
  CHECK(std::ranges::count(text, '\n') == 4);
}

TEST_CASE("Rewrite without any field changes nothing") {
  CHECK(refusal("Rewrite", "").empty());
  CHECK(refusal("Rewrite", "set = {}\nadd = {}").empty());
  ElementHarness rewrite("Rewrite");
  CHECK(rewrite.send(udp_frame()).bytes == udp_frame());
}
