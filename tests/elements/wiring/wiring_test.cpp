#include <catch2/catch.hpp>

#include "tests/support/element_harness.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// `count` packets that can be told apart.
std::vector<Bytes> numbered(std::size_t count, std::size_t first = 0) {
  std::vector<Bytes> frames;
  for (std::size_t i = first; i < first + count; ++i) {
    frames.emplace_back(60);
    frames.back()[0] = static_cast<std::uint8_t>(i);
    frames.back()[1] = static_cast<std::uint8_t>(i >> 8);
  }
  return frames;
}

std::vector<Bytes> bytes_of_all(const std::vector<Sent>& sent) {
  std::vector<Bytes> frames;
  for (const Sent& packet : sent) frames.push_back(packet.bytes);
  return frames;
}

}  // namespace

TEST_CASE("Null passes a batch on as it is") {
  ElementHarness null("Null");
  const auto sent = null.send_batch(numbered(256));
  CHECK(bytes_of_all(sent) == numbered(256));
  CHECK(only(sent, "out").size() == 256);
}

TEST_CASE("Paint gives each packet its colour and changes no byte") {
  ElementHarness paint("Paint", parameters({{"color", 255}}));
  const Sent sent = paint.send(udp_frame());
  CHECK(sent.paint == 255);
  CHECK(sent.bytes == udp_frame());
}

TEST_CASE("Paint takes colours from 0 to 255") {
  CHECK_FALSE(refusal("Paint", parameters({})).empty());
  CHECK_FALSE(refusal("Paint", parameters({{"color", 256}})).empty());
  CHECK_FALSE(refusal("Paint", parameters({{"color", -1}})).empty());
  CHECK(refusal("Paint", parameters({{"color", 0}})).empty());
}

TEST_CASE("Tee sends every packet to each output, in order") {
  ElementHarness tee("Tee", HarnessOptions{.outputs = 3});
  const auto sent = tee.send_batch(numbered(5));
  REQUIRE(sent.size() == 15);
  for (const char* output : {"0", "1", "2"}) CHECK(bytes_of_all(only(sent, output)) == numbered(5));
  CHECK(tee.created() == 10);
}

TEST_CASE("Tee copies what is known of a packet with its bytes") {
  ElementHarness tee("Tee");
  Input packet(udp_frame(), 1500);
  packet.timestamp = 77;
  packet.paint = 9;
  packet.input_port = 3;
  for (const Sent& sent : tee.send_batch(std::span(&packet, 1))) {
    CHECK(sent.bytes == udp_frame());
    CHECK(sent.wire_length == 1500);
    CHECK(sent.timestamp == 77);
    CHECK(sent.paint == 9);
    CHECK(sent.input_port == 3);
  }
}

TEST_CASE("Tee with one output passes packets on without a copy") {
  ElementHarness tee("Tee", HarnessOptions{.outputs = 1});
  CHECK(tee.send(udp_frame()).exit == "0");
  CHECK(tee.created() == 0);
}

TEST_CASE("H6: Tee without buffers counts the missing copies and lets the packets themselves go on") {
  ElementHarness tee("Tee", HarnessOptions{.outputs = 3, .buffers = 64});
  tee.leave_buffers(10 + 3);
  const auto starved = tee.send_batch(numbered(10));
  CHECK(bytes_of_all(only(starved, "2")) == numbered(10));
  CHECK(only(starved, "0").size() == 3);
  CHECK(only(starved, "1").empty());
  CHECK(tee.no_buffer() == 17);

  tee.leave_buffers(64);
  CHECK(tee.send_batch(numbered(10)).size() == 30);
  CHECK(tee.no_buffer() == 17);
}

TEST_CASE("H6: for Tee a buffer that is too small for a copy is none") {
  ElementHarness tee(
      "Tee", HarnessOptions{.layout = {.data_room = 256}, .input_layout = BufferLayout{.data_room = 2048}});
  const auto sent = tee.send_batch({Bytes(1500), Bytes(60)});
  CHECK(tee.no_buffer() == 1);
  CHECK(only(sent, "0").size() == 1);
  CHECK(only(sent, "1").size() == 2);
}

TEST_CASE("Queue gives packets out in the order in which they came, a burst at a time") {
  ElementHarness queue("Queue", HarnessOptions{.burst = 4});
  CHECK(queue.send_batch(numbered(10)).empty());
  CHECK(queue.element().held() == 10);
  CHECK(bytes_of_all(queue.poll()) == numbered(4));
  CHECK(bytes_of_all(queue.poll()) == numbered(4, 4));
  CHECK(bytes_of_all(queue.poll()) == numbered(2, 8));
  CHECK(queue.poll().empty());
  CHECK(queue.element().exhausted());
  CHECK(queue.counter("highwater") == 10);
}

TEST_CASE("J1: Queue drops what finds it full and keeps the order of the rest") {
  ElementHarness queue("Queue", parameters({{"capacity", 5}}));
  const auto dropped = queue.send_batch(numbered(8));
  REQUIRE(exits_of(dropped) == std::vector<std::string>(3, "queue_full"));
  CHECK(bytes_of_all(dropped) == numbered(3, 5));
  CHECK(dropped[0].kind == ExitKind::fault);
  CHECK(queue.send(Bytes(60, 99)).exit == "queue_full");
  CHECK(bytes_of_all(queue.poll()) == numbered(5));
  CHECK(queue.counter("highwater") == 5);
}

TEST_CASE("J1: Queue gives out only what the next ring takes") {
  ElementHarness queue("Queue");
  queue.send_batch(numbered(10));
  queue.set_room(0);
  CHECK(queue.poll().empty());
  CHECK(queue.flush().empty());
  queue.set_room(3);
  CHECK(bytes_of_all(queue.poll()) == numbered(3));
  CHECK(bytes_of_all(queue.flush()) == numbered(3, 3));
  CHECK(queue.element().held() == 4);
  CHECK_FALSE(queue.element().exhausted());
}

TEST_CASE("Queue says how many packets it takes, so that sources which can wait lose none") {
  ElementHarness queue("Queue", parameters({{"capacity", 5}}), {.burst = 2});
  CHECK(queue.element().room(0) == 5);
  queue.send_batch(numbered(4));
  CHECK(queue.element().room(0) == 1);
  queue.send_batch(numbered(3));
  CHECK(queue.element().room(0) == 0);
  queue.poll();
  CHECK(queue.element().room(0) == 2);
}

TEST_CASE("J3: Queue of one place works, batches larger than the queue lose only what does not fit") {
  ElementHarness queue("Queue", parameters({{"capacity", 1}}));
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(queue.send_batch(numbered(3, i)).size() == 2);
    CHECK(bytes_of_all(queue.poll()) == numbered(1, i));
  }
  CHECK(queue.packets("queue_full") == 20);
}

TEST_CASE("Queue of a capacity that is no power of two holds exactly so many, round after round") {
  ElementHarness queue("Queue", parameters({{"capacity", 3}}), {.burst = 2});
  std::size_t next_in = 0;
  std::size_t next_out = 0;
  for (int round = 0; round < 50; ++round) {
    while (queue.element().held() < 3) queue.send_batch(numbered(1, next_in++));
    for (const Bytes& frame : bytes_of_all(queue.poll())) CHECK(frame == numbered(1, next_out++).front());
  }
  CHECK(queue.packets("queue_full") == 0);
}

TEST_CASE("Queue says when it has something to give out, for a clock that jumps") {
  ElementHarness queue("Queue");
  CHECK(queue.element().next_due() == Timer::kNever);
  queue.send_batch(numbered(1));
  CHECK(queue.element().next_due() <= queue.clock().now());
}

TEST_CASE("Queue refuses a capacity that it cannot have") {
  CHECK_FALSE(refusal("Queue", parameters({{"capacity", 0}})).empty());
  CHECK_FALSE(refusal("Queue", parameters({{"capacity", (1 << 20) + 1}})).empty());
}
