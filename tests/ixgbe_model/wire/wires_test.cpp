#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "core/os/unix_address.hpp"
#include "tests/ixgbe_model/wire/wire_helpers.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/ixgbe-model/wire/frame_ring.hpp"

using namespace ixyflow;
using namespace ixyflow::test;
using model::FrameRing;

namespace {

/// The next frame, waited for.
Bytes await(model::Wire& from) {
  for (int i = 0; i < 1'000'000; ++i)
    if (const Bytes frame = take(from); !frame.empty()) return frame;
  return {};
}

}  // namespace

TEST_CASE("frames of all lengths pass through a ring in order, over its end again and again") {
  FrameRing ring;
  std::size_t pushed = 0;
  std::size_t popped = 0;
  const auto length = [](std::size_t i) { return 1 + i * 7919 % FrameRing::kLongestFrame; };
  for (int round = 0; round < 200; ++round) {
    while (true) {
      std::vector<std::byte> frame(length(pushed), static_cast<std::byte>(pushed));
      if (!ring.push(frame)) break;
      ++pushed;
    }
    for (int i = 0; i < 1 + round % 20 && popped < pushed; ++i, ++popped) {
      const auto frame = ring.front();
      REQUIRE(frame.size() == length(popped));
      REQUIRE(frame.front() == static_cast<std::byte>(popped));
      REQUIRE(frame.back() == static_cast<std::byte>(popped));
      ring.pop();
    }
  }
  CHECK(popped > 1500);
}

TEST_CASE("a ring takes no frame that is none") {
  FrameRing ring;
  CHECK_FALSE(ring.push({}));
  CHECK_FALSE(ring.push(std::vector<std::byte>(FrameRing::kLongestFrame + 1)));
  CHECK(ring.front().empty());
}

TEST_CASE("without a wire there is no carrier") {
  const auto none = wire("none");
  CHECK_FALSE(none->carrier());
  CHECK(send(*none, counting(64)));
  CHECK(take(*none).empty());
}

TEST_CASE("a loop brings back what is sent, until it is full") {
  const auto loop = wire("loop");
  CHECK(loop->carrier());
  CHECK(send(*loop, counting(64)));
  CHECK(send(*loop, counting(65)));
  CHECK(take(*loop) == counting(64));
  CHECK(take(*loop) == counting(65));
  std::size_t sent = 0;
  while (sent < 1'000'000 && send(*loop, counting(60))) ++sent;
  CHECK(sent > 1000);
  CHECK(sent < 1'000'000);
}

TEST_CASE("a pair carries frames both ways, and light") {
  const auto [one, other] = model::make_pair_wires();
  CHECK(send(*one, counting(64)));
  CHECK(send(*other, counting(65)));
  CHECK(take(*other) == counting(64));
  CHECK(take(*one) == counting(65));
  CHECK(take(*one).empty());
  CHECK(one->carrier());
  other->set_light(false);
  CHECK_FALSE(one->carrier());
  CHECK(other->carrier());
}

TEST_CASE("datagrams are frames, both ways") {
  const TemporaryFolder folder;
  const auto one = wire("unix:" + (folder / "one") + "," + (folder / "other"));
  CHECK(send(*one, counting(60)));  // nobody is there: lost
  const auto other = wire("unix:" + (folder / "other"));
  CHECK(send(*other, counting(60)));  // nobody to send to: lost
  CHECK(other->status().find("wire_lost 1\n") != std::string::npos);
  CHECK(send(*one, counting(61)));
  CHECK(await(*other) == counting(61));
  CHECK(send(*other, counting(62)));  // to who sent last
  CHECK(await(*one) == counting(62));
  CHECK(std::filesystem::exists(folder / "one"));
}

TEST_CASE("a datagram that is too long is counted, and the next one is read") {
  const TemporaryFolder folder;
  const auto one = wire("unix:" + (folder / "one"));
  const auto to = UnixAddress::of(folder / "one");
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  for (const std::size_t bytes : {20'000U, 70U}) {
    const std::vector<char> datagram(bytes);
    REQUIRE(::sendto(socket.get(), datagram.data(), bytes, 0, to->get(), to->length) ==
            static_cast<ssize_t>(bytes));
  }
  CHECK(await(*one).size() == 70);
  CHECK(one->status().find("wire_too_long 1\n") != std::string::npos);
}

TEST_CASE("a datagram socket says when the other end is full") {
  const TemporaryFolder folder;
  const auto other = wire("unix:" + (folder / "other"));
  const auto one = wire("unix:" + (folder / "one") + "," + (folder / "other"));
  std::size_t sent = 0;
  while (sent < 100'000 && send(*one, counting(60))) ++sent;
  CHECK(sent < 100'000);
  for (std::size_t i = 0; i < sent; ++i) REQUIRE(await(*other) == counting(60));
  CHECK(send(*one, counting(60)));
}

TEST_CASE("a flood gives frames of one size, of many flows, as many as asked for") {
  const auto flood = wire("flood:size=100,count=50,flows=5");
  std::set<Bytes> different;
  for (int i = 0; i < 50; ++i) {
    const Bytes frame = take(*flood);
    CHECK(frame.size() == 100);
    different.insert(frame);
  }
  CHECK(different.size() == 5);
  CHECK(take(*flood).empty());
  CHECK(send(*flood, counting(64)));
  CHECK(flood->status().find("wire_sent 1\n") != std::string::npos);
  CHECK(flood->status().find("wire_sent_bytes 64\n") != std::string::npos);
}

TEST_CASE("a flood's frames are right") {
  const Bytes frame = take(*wire("flood:"));
  const Bytes expected = ethernet({.destination = "02:00:00:00:00:02", .source = "02:00:00:00:00:01"},
                                  ipv4({.source = "198.18.0.1",
                                        .destination = "198.18.0.2",
                                        .protocol = 17,
                                        .identification = 0,
                                        .transport_checksum = false},
                                       from_hex("4000 0009 001e 0000" + std::string(44, '0'))));
  CHECK(frame == expected);
}

TEST_CASE("a text that describes no wire is told what would") {
  const TemporaryFolder folder;
  const auto has = [](const std::string& text, const std::string& part) {
    const std::string all = wire_error(text);
    CAPTURE(text, all);
    CHECK(all.find(part) != std::string::npos);
  };
  has("", "there are none, loop, pair, pcap, tap, unix, flood");
  has("pcpa:x", "did you mean 'pcap'?");
  has("pair", "there is no wire 'pair'");
  has("loop:3", "takes no options");
  has("pcap:", "pcap:[IN][,OUT]");
  has("pcap:a,b,c", "pcap:[IN][,OUT]");
  has("pcap:" + (folder / "missing.pcap"), "cannot read the capture");
  has("pcap:," + (folder / "no/such/folder.pcap"), "cannot write the capture");
  has("pcap:a,lop=3", "did you mean 'loop'?");
  has("pcap:a,loop=x", "'x' is no number of rounds");
  has("pcap:a,speed=3", "it has loop, rate, window, delay");
  has("pcap:a,rate=1Gbit/s", "is no rate");
  has("pcap:a,window=0", "from 1 to 4096");
  has("pcap:a,delay=soon", "is no time such as 500ms");
  has("tap:", "tap:NAME");
  has("tap:much-too-long-a-name", "at most 15 characters");
  has("unix:", "unix:LOCAL[,REMOTE]");
  has("unix:" + std::string(200, 'x'), "is no path of a socket");
  has("flood:size=10", "from 60 to 16384");
  has("flood:flows=0", "number of flows");
  has("flood:colour=red", "it has size, count, flows");
}
