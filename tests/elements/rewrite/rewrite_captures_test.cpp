#include <catch2/catch.hpp>

#include "tests/elements/rewrite/expected_edit.hpp"
#include "tests/support/element_harness.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// A Rewrite, and what it should do.
struct Case {
  const char* toml;
  std::vector<WantedField> fields;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"set = { eth.dst = \"02:00:00:00:00:01\", ip.ttl = 64 }",
       {{"eth.dst", from_hex("020000000001")}, wanted("ip.ttl", 64)}},
      {"set = { ip.src = \"10.1.2.3\", ip.dst = \"172.16.255.254\" }",
       {{"ip.src", from_hex("0a010203")}, {"ip.dst", from_hex("ac10fffe")}}},
      {"set = { ip.dst = \"10.9.8.7\", tcp.src = 1, tcp.dst = 65535, tcp.seq = 4294967295 }",
       {{"ip.dst", from_hex("0a090807")},
        wanted("tcp.src", 1),
        wanted("tcp.dst", 65535),
        wanted("tcp.seq", 0xffffffff)}},
      {"set = { ip.tos = 184, udp.src = 0, udp.dst = 4789 }",
       {wanted("ip.tos", 184), wanted("udp.src", 0), wanted("udp.dst", 4789)}},
      {"set = { vlan.id = 4094, vlan.pcp = 7 }", {wanted("vlan.id", 4094), wanted("vlan.pcp", 7)}},
      {"set = { ip6.src = \"2001:db8::1\", ip6.dst = \"2001:db8:ffff::2\", ip6.hlim = 1 }",
       {{"ip6.src", from_hex("20010db8000000000000000000000001")},
        {"ip6.dst", from_hex("20010db8ffff00000000000000000002")},
        wanted("ip6.hlim", 1)}},
  };
  return all;
}

std::filesystem::path small_capture() {
  const auto in_tree = source_path() / "pipelines/captures/internet-4k.pcap";
  if (std::filesystem::exists(in_tree)) return in_tree;
  return corpus_path().value_or("") / "internet-4k.pcap";
}

/// Sends all frames through the element of `wanted_edit`, returns how many it changed.
std::size_t rewrite_all(const Capture& capture, const Case& wanted_edit) {
  HarnessOptions options;
  options.buffers = 8;
  options.layout.data_room = 1U << 16;
  ElementHarness rewrite("Rewrite", wanted_edit.toml, options);
  std::size_t changed = 0;
  for (const CapturedFrame& frame : capture.frames) {
    if (frame.bytes.size() > options.layout.data_room) continue;
    const Sent sent = rewrite.send(Input(frame.bytes, frame.wire_length));
    const bool complete = with_fields(frame.bytes, wanted_edit.fields).has_value();
    const std::string fault = fault_of(frame.bytes, sent.bytes, wanted_edit.fields);
    if (!fault.empty() || (sent.exit == "out") != complete) {
      INFO(wanted_edit.toml << " made " << to_hex(sent.bytes) << " of " << to_hex(frame.bytes));
      CHECK(fault == "");
      CHECK((sent.exit == "out") == complete);
    }
    changed += complete;
  }
  return changed;
}

}  // namespace

TEST_CASE("D19: Rewrite keeps every checksum of a real capture as right or as wrong as it was") {
  const auto capture = read_capture(small_capture());
  REQUIRE(capture);
  REQUIRE(capture->frames.size() == 4096);
  std::size_t changed = 0;
  for (const Case& wanted_edit : cases()) changed += rewrite_all(*capture, wanted_edit);
  CHECK(changed > 4096);
}

TEST_CASE("Rewrite survives every odd capture and changes only what it should") {
  const auto corpus = corpus_path();
  if (!corpus) {
    WARN("the corpus of captures is not here: set IXYFLOW_CAPTURES");
    return;
  }
  std::size_t frames = 0;
  for (const auto& file : std::filesystem::directory_iterator(*corpus / "odd")) {
    const auto capture = read_capture(file.path());
    if (!capture || capture->link_type != 1) continue;
    INFO(file.path());
    for (const Case& wanted_edit : cases()) rewrite_all(*capture, wanted_edit);
    frames += capture->frames.size();
  }
  CHECK(frames > 1000);
}

TEST_CASE("DecIPTTL lowers every TTL of a real capture by one and keeps its checksums") {
  const auto capture = read_capture(small_capture());
  REQUIRE(capture);
  ElementHarness decrement("DecIPTTL");
  const HeaderField& ttl = *find_field("ip.ttl");
  for (const CapturedFrame& frame : capture->frames) {
    const Sent sent = decrement.send(Input(frame.bytes, frame.wire_length));
    const auto header = locate(ttl, frame.bytes, parse_layers(frame.bytes));
    const std::uint64_t before = header ? read_integer(ttl, frame.bytes, *header) : 0;
    if (!header || before <= 1) {
      REQUIRE(sent.bytes == frame.bytes);
    } else {
      REQUIRE(fault_of(frame.bytes, sent.bytes, {wanted("ip.ttl", before - 1)}) == "");
    }
  }
}
