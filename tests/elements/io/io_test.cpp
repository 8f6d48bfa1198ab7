#include <catch2/catch.hpp>

#include "tests/elements/io/fake_port.hpp"
#include "tests/support/element_harness.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

TEST_CASE("FromDevice gives out what its port receives, at most a burst at a time") {
  FakePort port;
  for (std::uint8_t i = 0; i < 40; ++i) port.incoming.push_back(Bytes(60, i));
  ElementHarness from("FromDevice", parameters({{"port", "nic"}}), {.burst = 32, .port = &port});

  const auto first = from.poll();
  REQUIRE(first.size() == 32);
  CHECK(port.asked_for == 32);
  CHECK(first[31].exit == "out");
  CHECK(first[31].bytes == Bytes(60, 31));
  CHECK_FALSE(from.element().exhausted());
  CHECK(from.poll().size() == 8);
  CHECK(from.poll().empty());
  CHECK(from.element().exhausted());
  CHECK(from.packets("out") == 40);
}

TEST_CASE("FromDevice passes on when its port expects the next packet") {
  FakePort port;
  port.due = 12345;
  const ElementHarness from("FromDevice", parameters({{"port", "nic"}}), {.port = &port});
  CHECK(const_cast<ElementHarness&>(from).element().next_due() == 12345);
}

TEST_CASE("FromDevice needs a port") {
  CHECK(refusal("FromDevice", parameters({})).find("'port'") != std::string::npos);
  CHECK(refusal("ToDevice", parameters({})).find("'port'") != std::string::npos);
}

TEST_CASE("ToDevice counts what the port took, packets and bytes") {
  FakePort port;
  ElementHarness to("ToDevice", parameters({{"port", "nic"}}), {.port = &port});
  CHECK(to.send_batch({Bytes(60), Bytes(100), Bytes(0)}).empty());
  CHECK(to.packets("sent") == 3);
  CHECK(to.bytes("sent") == 160);
  CHECK(port.taken_count == 3);
  CHECK(port.taken[1] == 100);
}

TEST_CASE("ToDevice drops what the port does not take as tx_full, in order") {
  FakePort port;
  port.room = 2;
  ElementHarness to("ToDevice", parameters({{"port", "nic"}}), {.port = &port});
  const auto left = to.send_batch({Bytes(60, 1), Bytes(70, 2), Bytes(80, 3), Bytes(90, 4)});
  REQUIRE(exits_of(left) == std::vector<std::string>{"tx_full", "tx_full"});
  CHECK(left[0].bytes == Bytes(80, 3));
  CHECK(left[1].bytes == Bytes(90, 4));
  CHECK(left[0].kind == ExitKind::fault);
  CHECK(to.packets("sent") == 2);
  CHECK(to.bytes("sent") == 130);
  CHECK(to.bytes("tx_full") == 170);
}

TEST_CASE("ToDevice with a port that takes nothing drops the whole batch") {
  FakePort port;
  port.room = 0;
  ElementHarness to("ToDevice", parameters({{"port", "nic"}}), {.port = &port});
  CHECK(to.send(udp_frame()).exit == "tx_full");
  CHECK(to.packets("sent") == 0);
}

TEST_CASE("Discard drops every packet by its own name, and means to") {
  ElementHarness discard("Discard");
  const Sent sent = discard.send(udp_frame());
  CHECK(sent.exit == "discarded");
  CHECK(sent.kind == ExitKind::intended);
  CHECK(discard.bytes("discarded") == 60);
}
