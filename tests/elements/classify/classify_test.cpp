#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "tests/support/element_harness.hpp"
#include "tests/support/flow_captures.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

Value::Table patterns(std::initializer_list<const char*> items) {
  return parameters({{"patterns", texts(items)}});
}

Bytes connection(std::uint16_t client, bool reply = false) {
  const Ipv4 forth{.source = "192.0.2.1", .destination = "198.51.100.2"};
  const Ipv4 back{.source = "198.51.100.2", .destination = "192.0.2.1"};
  return reply ? ethernet({}, ipv4(back, udp({.source = 53, .destination = client}, counting(20))))
               : ethernet({}, ipv4(forth, udp({.source = client, .destination = 53}, counting(4))));
}

}  // namespace

TEST_CASE("Classifier sends a packet to the first pattern that matches") {
  ElementHarness kind("Classifier", patterns({"12/0806", "12/0800", "12/0800 23/11", "-"}));
  CHECK(kind.send(arp_frame()).exit == "0");
  CHECK(kind.send(udp_frame()).exit == "1");
  CHECK(kind.send(udp6_frame()).exit == "3");
}

TEST_CASE("Classifier with a table of patterns has outputs of these names") {
  ElementHarness kind("Classifier",
                      parameters({{"patterns", parameters({{"arp", "12/0806"}, {"rest", "-"}})}}));
  CHECK(kind.send(arp_frame()).exit == "arp");
  CHECK(kind.send(udp_frame()).exit == "rest");
}

TEST_CASE("Classifier drops what no pattern matches, and means to") {
  ElementHarness kind("Classifier", patterns({"12/0806"}));
  const Sent sent = kind.send(udp_frame());
  CHECK(sent.exit == "no_match");
  CHECK(sent.kind == ExitKind::intended);
}

TEST_CASE("Classifier: all clauses of a pattern must hold") {
  ElementHarness kind("Classifier", patterns({"12/0800 23/06", "12/0800 23/11"}));
  CHECK(kind.send(tcp_frame()).exit == "0");
  CHECK(kind.send(udp_frame()).exit == "1");
  CHECK(kind.send(udp6_frame()).exit == "no_match");
}

TEST_CASE("Classifier: a mask says which bits count") {
  ElementHarness kind("Classifier", patterns({"47/02%12", "47/10%10"}));
  const auto with_flags = [](std::uint8_t flags) {
    return ethernet({}, ipv4({.protocol = 6}, tcp({.flags = flags}, counting(10))));
  };
  CHECK(kind.send(with_flags(0x02)).exit == "0");
  CHECK(kind.send(with_flags(0xc2)).exit == "0");
  CHECK(kind.send(with_flags(0x12)).exit == "1");
  CHECK(kind.send(with_flags(0x01)).exit == "no_match");
}

TEST_CASE("Classifier: a question mark stands for any digit") {
  ElementHarness kind("Classifier", patterns({"26/c0??02", "12/08?0"}));
  CHECK(kind.send(udp_frame()).exit == "0");
  CHECK(kind.send(ethernet({.type = 0x08f0}, Bytes(50))).exit == "1");
  CHECK(kind.send(ethernet({.type = 0x08f1}, Bytes(50))).exit == "no_match");
}

TEST_CASE("Classifier: an exclamation mark turns a clause round") {
  ElementHarness kind("Classifier", patterns({"!12/0800", "23/11"}));
  CHECK(kind.send(arp_frame()).exit == "0");
  CHECK(kind.send(udp_frame()).exit == "1");
}

TEST_CASE("Classifier compares values of any length at any place") {
  const Bytes frame = ethernet({}, counting(64));
  for (std::size_t offset = 0; offset < frame.size(); ++offset)
    for (std::size_t length = 1; offset + length <= frame.size(); length = length * 2 + 1) {
      const std::string value = to_hex(std::span(frame).subspan(offset, length));
      const std::string pattern = std::to_string(offset) + "/" + value;
      ElementHarness kind("Classifier", patterns({pattern.c_str()}), {.buffers = 4});
      CAPTURE(pattern);
      CHECK(kind.send(frame).exit == "0");
      Bytes changed = frame;
      changed[offset + length - 1] ^= 1;
      CHECK(kind.send(changed).exit == "no_match");
      CHECK(kind.send(frame.first(offset + length)).exit == "0");
      CHECK(kind.send(frame.first(offset + length - 1)).exit == "no_match");
    }
}

TEST_CASE("Classifier: what a frame is too short for does not match, turned round neither") {
  ElementHarness kind("Classifier", patterns({"12/0800", "!12/0800", "-"}));
  CHECK(kind.send(udp_frame().first(14)).exit == "0");
  CHECK(kind.send(udp_frame().first(13)).exit == "2");
  CHECK(kind.send(Bytes{}).exit == "2");
}

TEST_CASE("Classifier: only '-' matches the empty packet") {
  ElementHarness kind("Classifier", patterns({"0/??", "-"}));
  CHECK(kind.send(Bytes{}).exit == "1");
  CHECK(kind.send(Bytes{0}).exit == "0");
}

TEST_CASE("Classifier refuses patterns that it cannot read, with the reason") {
  const auto why = [](const char* pattern) { return refusal("Classifier", patterns({pattern})); };
  CHECK(why("12").find("OFFSET/VALUE") != std::string::npos);
  CHECK(why("12/080").find("pairs") != std::string::npos);
  CHECK(why("12/").find("pairs") != std::string::npos);
  CHECK(why("12/08xx").find("digit") != std::string::npos);
  CHECK(why("12/0800%ff").find("different lengths") != std::string::npos);
  CHECK(why("12/0800%f?ff").find("mask") != std::string::npos);
  CHECK(why("x/0800").find("offset") != std::string::npos);
  CHECK(why("-1/0800").find("offset") != std::string::npos);
  CHECK(why("65536/00").find("offset") != std::string::npos);
  CHECK(why("65535/0000").find("65535") != std::string::npos);
  CHECK(why("").find("empty") != std::string::npos);
  CHECK(why("- 12/0800").find("alone") != std::string::npos);
  CHECK(why("65535/00").empty());
  CHECK(why("  12/0800   14/45 ").empty());
}

TEST_CASE("Classifier refuses what is no list and no table of texts") {
  CHECK(refusal("Classifier", parameters({{"patterns", "12/0800"}})).find("list or a table") !=
        std::string::npos);
  CHECK(refusal("Classifier", parameters({{"patterns", Value::List{Value(Value::Data(std::int64_t{12}))}}}))
            .find("text") != std::string::npos);
  CHECK(refusal("Classifier", parameters({{"patterns", Value::List{}}})).find("at least one") !=
        std::string::npos);
  CHECK_FALSE(refusal("Classifier", parameters({})).empty());
}

TEST_CASE("Filter sends what matches to `out` and the rest to `other`") {
  ElementHarness dns("Filter", parameters({{"expr", "udp port 53"}}));
  CHECK(dns.send(udp_frame()).exit == "out");
  CHECK(dns.send(udp6_frame()).exit == "out");
  CHECK(dns.send(tcp_frame()).exit == "other");
  CHECK(dns.send(arp_frame()).exit == "other");
}

TEST_CASE("Filter looks through VLAN tags unless it is told to be strict") {
  ElementHarness through("Filter", parameters({{"expr", "udp"}}));
  ElementHarness strict("Filter", parameters({{"expr", "udp"}, {"vlan", "strict"}}));
  CHECK(through.send(vlan_udp_frame()).exit == "out");
  CHECK(strict.send(vlan_udp_frame()).exit == "other");
  CHECK(strict.send(udp_frame()).exit == "out");
  ElementHarness tagged("Filter", parameters({{"expr", "vlan 100 and udp"}}));
  CHECK(tagged.send(vlan_udp_frame(100)).exit == "out");
  CHECK(tagged.send(vlan_udp_frame(101)).exit == "other");
  CHECK(tagged.send(udp_frame()).exit == "other");
}

TEST_CASE("Filter compares the length that the frame had on the wire") {
  ElementHarness large("Filter", parameters({{"expr", "greater 1000"}}));
  CHECK(large.send(Input(udp_frame(), 1500)).exit == "out");
  CHECK(large.send(udp_frame()).exit == "other");
}

TEST_CASE("Filter does not match what is cut off") {
  ElementHarness dns("Filter", parameters({{"expr", "udp port 53"}}));
  for (std::size_t length = 0; length < 38; ++length)
    CHECK(dns.send(udp_frame().first(length)).exit == "other");
  CHECK(dns.send(udp_frame().first(38)).exit == "out");
}

TEST_CASE("Filter refuses an expression that libpcap does not understand, with its words") {
  CHECK(refusal("Filter", parameters({{"expr", "udp port"}})).find("syntax error") != std::string::npos);
  CHECK_FALSE(refusal("Filter", parameters({})).empty());
  CHECK_FALSE(refusal("Filter", parameters({{"expr", "udp"}, {"vlan", "maybe"}})).empty());
}

TEST_CASE("HashSwitch keeps both directions of a connection together") {
  ElementHarness spread("HashSwitch", HarnessOptions{.outputs = 4});
  for (std::uint16_t client = 1000; client < 1100; ++client)
    CHECK(spread.send(connection(client)).exit == spread.send(connection(client, true)).exit);
}

TEST_CASE("HashSwitch uses all of its outputs, about evenly") {
  for (const PortIndex outputs : std::to_array<PortIndex>({2, 3, 7})) {
    ElementHarness spread("HashSwitch", HarnessOptions{.outputs = outputs});
    std::map<std::string, int> seen;
    for (std::uint16_t client = 1; client <= 2000; ++client) ++seen[spread.send(connection(client)).exit];
    CHECK(seen.size() == outputs);
    for (const auto& [output, packets] : seen) {
      CAPTURE(outputs, output);
      CHECK(packets > 2000 / outputs / 2);
      CHECK(packets < 2000 / outputs * 2);
    }
  }
}

TEST_CASE(
    "HashSwitch spreads flows that look alike as it does random ones, by another choice with each salt") {
  for (const std::string& capture : kFlowCaptures) {
    std::vector<std::vector<std::string>> choices;
    for (const int salt : {0, 1, 17}) {
      ElementHarness spread("HashSwitch", parameters({{"salt", salt}}), HarnessOptions{.outputs = 8});
      CAPTURE(capture, salt);
      const auto sent = spread.send_batch(frames_of_flows(capture));
      std::vector<std::uint64_t> shares;
      for (int output = 0; output < 8; ++output) shares.push_back(only(sent, std::to_string(output)).size());
      check_even(shares);
      choices.push_back(exits_of(sent));
    }
    CHECK(choices[0] != choices[1]);
    CHECK(choices[0] != choices[2]);
  }
}

TEST_CASE("HashSwitch behind a HashSwitch of another salt uses all of its outputs") {
  ElementHarness first("HashSwitch");
  ElementHarness same("HashSwitch");
  ElementHarness other("HashSwitch", parameters({{"salt", 1}}));
  std::map<std::string, int> seen;
  for (std::uint16_t client = 1; client <= 400; ++client) {
    const std::string output = first.send(connection(client)).exit;
    CHECK(same.send(connection(client)).exit == output);
    if (output == "0") ++seen[other.send(connection(client)).exit];
  }
  CHECK(seen["0"] > 50);
  CHECK(seen["1"] > 50);
}

TEST_CASE("HashSwitch keeps fragments of a packet together") {
  ElementHarness spread("HashSwitch", HarnessOptions{.outputs = 8});
  const Bytes segment = udp({}, counting(40));
  const Sent first = spread.send(ethernet({}, ipv4({.fragment = 0x2000}, segment)));
  const Sent later = spread.send(ethernet({}, ipv4({.fragment = 0x0006}, counting(30))));
  CHECK(first.exit == later.exit);
}

TEST_CASE("RoundRobinSwitch takes its outputs in turn, over batches too") {
  ElementHarness turn("RoundRobinSwitch", HarnessOptions{.outputs = 3});
  CHECK(exits_of(turn.send_batch(std::vector<Bytes>(4, udp_frame()))) ==
        std::vector<std::string>{"0", "1", "2", "0"});
  CHECK(turn.send(udp_frame()).exit == "1");
}

TEST_CASE("RoundRobinSwitch with one output sends everything there") {
  ElementHarness turn("RoundRobinSwitch", HarnessOptions{.outputs = 1});
  CHECK(exits_of(turn.send_batch(std::vector<Bytes>(3, udp_frame()))) == std::vector<std::string>(3, "0"));
}

TEST_CASE("Switches refuse to be without an output") {
  for (const char* type : {"HashSwitch", "RoundRobinSwitch", "Tee"})
    CHECK(refusal(type, parameters({}), {.outputs = 0}).find("no output") != std::string::npos);
}

TEST_CASE("PaintSwitch sends each packet to the output of its colour") {
  ElementHarness by_color("PaintSwitch", HarnessOptions{.outputs = 3});
  Input packet = udp_frame();
  for (const char* output : {"0", "1", "2"}) {
    CHECK(by_color.send(packet).exit == output);
    ++packet.paint;
  }
  const Sent left_over = by_color.send(packet);
  CHECK(left_over.exit == "no_output");
  CHECK(left_over.kind == ExitKind::intended);
  packet.paint = 255;
  CHECK(by_color.send(packet).exit == "no_output");
}
