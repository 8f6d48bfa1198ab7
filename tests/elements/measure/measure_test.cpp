#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/element_harness.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

bool plain(const std::string& line) {
  return std::ranges::all_of(line, [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

TEST_CASE("Counter counts packets and their bytes and leaves them alone") {
  ElementHarness count("Counter");
  const auto sent = count.send_batch({udp_frame(), Bytes{}, Bytes(1500, 7)});
  REQUIRE(exits_of(sent) == std::vector<std::string>{"out", "out", "out"});
  CHECK(sent[0].bytes == udp_frame());
  CHECK(sent[2].bytes == Bytes(1500, 7));
  CHECK(count.counter("packets") == 3);
  CHECK(count.counter("bytes") == 1560);
}

TEST_CASE("Print shows a line about each packet and passes it on") {
  ElementHarness print("Print", parameters({{"label", "in"}}));
  CHECK(print.send(udp_frame()).bytes == udp_frame());
  const auto lines = print.take_lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("in: "));
  CHECK(lines[0].find("192.0.2.1") != std::string::npos);
  CHECK(lines[0].find("198.51.100.2") != std::string::npos);
  CHECK(print.counter("printed") == 1);
}

TEST_CASE("Print shows the first bytes of the frame and the time stamp when asked to") {
  ElementHarness print("Print", parameters({{"bytes", 5}, {"time", true}}));
  Input packet = udp_frame();
  packet.timestamp = 12'000'000'345;
  print.send(packet);
  const auto lines = print.take_lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("12.000000345 "));
  CHECK(lines[0].ends_with(" | 0200 0000 00"));
}

TEST_CASE("Print shows no more bytes than the frame has") {
  ElementHarness print("Print", parameters({{"bytes", 64}}));
  print.send(Bytes{0xab, 0xcd, 0xef});
  CHECK(print.take_lines().at(0).ends_with(" | abcd ef"));
}

TEST_CASE("Print stops after its limit and goes on passing packets") {
  ElementHarness print("Print", parameters({{"limit", 3}}));
  const auto sent = print.send_batch(std::vector<Bytes>(10, udp_frame()));
  CHECK(sent.size() == 10);
  CHECK(print.take_lines().size() == 3);
  CHECK(print.counter("printed") == 3);
  CHECK(print.counter("suppressed") == 7);
}

TEST_CASE("Print with `every` shows the first packet and then every n-th") {
  ElementHarness print("Print", parameters({{"every", 4}, {"bytes", 1}}));
  for (std::uint8_t i = 0; i < 10; ++i) print.send(Bytes(60, i));
  const auto lines = print.take_lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].ends_with("| 00"));
  CHECK(lines[1].ends_with("| 04"));
  CHECK(lines[2].ends_with("| 08"));
  CHECK(print.counter("suppressed") == 0);
}

TEST_CASE("Print gives out no more lines per second than it may, and as many at once") {
  ElementHarness print("Print", parameters({{"per_second", 2}}));
  print.send_batch(std::vector<Bytes>(5, udp_frame()));
  CHECK(print.take_lines().size() == 2);
  print.advance_to(499'999'999);
  print.send(udp_frame());
  CHECK(print.take_lines().empty());
  print.advance_to(500'000'000);
  print.send_batch(std::vector<Bytes>(5, udp_frame()));
  CHECK(print.take_lines().size() == 1);
  print.advance_to(10'000'000'000);
  print.send_batch(std::vector<Bytes>(5, udp_frame()));
  CHECK(print.take_lines().size() == 2);
  CHECK(print.counter("suppressed") == 11);
}

TEST_CASE("Print refuses a label that leaves no room for the packet") {
  CHECK(refusal("Print", parameters({{"label", std::string(65, 'x').c_str()}})).find("at most 64") !=
        std::string::npos);
  CHECK(refusal("Print", parameters({{"label", std::string(64, 'x').c_str()}})).empty());
  CHECK_FALSE(refusal("Print", parameters({{"every", 0}})).empty());
}

TEST_CASE("D24: Print shows any bytes as printable text of at most 240 characters") {
  ElementHarness print("Print", parameters({{"bytes", 64}, {"per_second", 0}, {"label", "a label"}}));
  std::vector<Bytes> frames = {tcp_frame(), udp6_frame(), vlan_udp_frame(), arp_frame()};
  frames.push_back(ethernet({}, from_hex("1b5b324a 1b5d303b 0a0d0708 7f80ff00")));
  for (std::size_t i = 0, whole = frames.size(); i < whole; ++i) {
    for (std::size_t length = 0; length < frames[i].size(); ++length)
      frames.push_back(frames[i].first(length));
    for (std::size_t at = 12; at < frames[i].size(); ++at) {
      frames.push_back(frames[i]);
      frames.back()[at] = 0xff;
    }
  }
  std::size_t lines = 0;
  for (const Bytes& frame : frames) {
    print.send(frame);
    for (const std::string& line : print.take_lines()) {
      CAPTURE(frame, line);
      CHECK(plain(line));
      ++lines;
    }
  }
  CHECK(lines == frames.size());
}
