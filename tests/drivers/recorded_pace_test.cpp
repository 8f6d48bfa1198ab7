#include <catch2/catch.hpp>

#include "tests/drivers/capture_bytes.hpp"
#include "tests/drivers/capture_reading.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

constexpr Nanoseconds kMillisecond = 1'000'000;
constexpr Nanoseconds kSecond = 1000 * kMillisecond;

using Times = std::vector<Nanoseconds>;

struct Played {
  Times times;  ///< of the packets, since the first look
  std::uint64_t late = 0;
  std::vector<std::string> notes;
};

Played play(const std::string& path, PortRig::Parameters more = {}) {
  more.push_back({"read", path});
  if (std::ranges::find(more, "pace", &PortRig::Parameters::value_type::first) == more.end())
    more.push_back({"pace", std::string("recorded")});
  PortRig rig("pcap", std::move(more));
  rig.must_open();
  Played played;
  while (!rig.port->exhausted(0)) {
    rig.clock.advance_to(std::max(rig.clock.now(), rig.port->next_due(0)));
    const auto packets = rig.receive();
    played.times.insert(played.times.end(), packets.size(), rig.clock.now());
    rig.give_back(packets);
    rig.port->supervise([&](EventKind, std::string_view text) { played.notes.emplace_back(text); });
  }
  played.late = rig.counter("late");
  return played;
}

}  // namespace

TEST_CASE("E13: where the clock was set back, a capture goes on at its pace") {
  const Played played = play(shipped("junction.pcap"));
  REQUIRE(played.times.size() == 110);
  CHECK(played.times[9] == 90 * kMillisecond);
  CHECK(played.times[10] == 90 * kMillisecond);
  CHECK(played.times[11] == 100 * kMillisecond);
  CHECK(played.times[109] == 1080 * kMillisecond);
  CHECK(played.late == 1);
}

TEST_CASE("packets that were noted down a little out of order come at once, and nothing is moved") {
  const TemporaryFolder directory;
  const std::string path = CaptureBytes()
                               .pcap()
                               .record(1, 0, 60)
                               .record(1, 50'000, 60)
                               .record(1, 20'000, 60)
                               .record(1, 90'000, 60)
                               .write(directory / "x");
  const Played played = play(path);
  CHECK(played.times == Times{0, 50 * kMillisecond, 50 * kMillisecond, 90 * kMillisecond});
  CHECK(played.late == 0);
}

TEST_CASE("E13: a packet without a time stamp comes with the one before it, or at once") {
  CHECK(play(shipped("spb_first.pcapng")).times == Times{0, 0});

  const TemporaryFolder directory;
  CaptureBytes capture;
  capture.section().interface().packet(0, 5'000'000, 60);
  capture.block(3, CaptureBytes().u32(61).zeros(61));
  capture.packet(0, 6'000'000, 60).packet(0, 0, 60).packet(0, 7'000'000, 60);
  const Played played = play(capture.write(directory / "x.pcapng"));
  CHECK(played.times == Times{0, 0, kSecond, kSecond, 2 * kSecond});
  CHECK(played.late == 0);
}

TEST_CASE("a capture without any time stamps is played at once") {
  const TemporaryFolder directory;
  const std::string path = CaptureBytes().pcap().record(0, 0, 60).record(0, 0, 61).write(directory / "x");
  CHECK(play(path).times == Times{0, 0});
  CHECK(play(path, {{"loop", std::int64_t{2}}}).times == Times{0, 0, 0, 0});
}

TEST_CASE("E13: a long pause is announced, and cut where that was asked for") {
  const Played whole = play(shipped("jump.pcap"));
  CHECK(whole.times == Times{0, 65536 * kSecond, 65536 * kSecond, 65536 * kSecond + 43'000});
  CHECK(whole.late == 1);
  REQUIRE(whole.notes.size() == 1);
  CHECK(contains(whole.notes[0], "due in 18h"));

  const Played cut = play(shipped("jump.pcap"), {{"maxsleep", std::string("2s")}});
  CHECK(cut.times == Times{0, 2 * kSecond, 2 * kSecond, 2 * kSecond + 43'000});
  CHECK(cut.notes.empty());

  const TemporaryFolder directory;
  const std::string years =
      CaptureBytes().pcap().record(1, 0, 60).record(2'000'000'000, 0, 60).write(directory / "x");
  CHECK(play(years).times == Times{0, 24 * 3600 * kSecond});
}

TEST_CASE("a factor plays faster or more slowly") {
  const TemporaryFolder directory;
  const std::string path =
      CaptureBytes().pcap().record(1, 0, 60).record(2, 0, 60).record(4, 500'000, 60).write(directory / "x");
  const auto at = [&](const char* pace) { return play(path, {{"pace", std::string(pace)}}).times; };
  CHECK(at("x1") == Times{0, kSecond, 3500 * kMillisecond});
  CHECK(at("x2") == Times{0, 500 * kMillisecond, 1750 * kMillisecond});
  CHECK(at("x0.5") == Times{0, 2 * kSecond, 7 * kSecond});
  CHECK(play(path, {{"pace", std::string("x2")}, {"maxsleep", std::string("1s")}}).times ==
        Times{0, 500 * kMillisecond, 1500 * kMillisecond});
}

TEST_CASE("ports that play together keep the distances between their captures") {
  const auto clock = std::make_shared<PlaybackClock>();
  const RigOptions options{.playback = clock};
  PortRig client("pcap", {{"read", shipped("cli.pcap")}, {"pace", std::string("recorded")}}, options);
  PortRig server("pcap", {{"read", shipped("srv.pcap")}, {"pace", std::string("recorded")}}, options);
  server.must_open();
  client.must_open();
  Times times;
  for (Nanoseconds now = 0; now < 4 * kSecond; now += 100 * kMillisecond)
    for (PortRig* rig : {&server, &client}) {
      rig->clock.advance_to(now);
      const auto packets = rig->receive();
      times.insert(times.end(), packets.size(), now);
      rig->give_back(packets);
    }
  CHECK(times == Times{0, kSecond, 2 * kSecond, 3 * kSecond});
}

TEST_CASE("who is late holds up all that play together") {
  const auto clock = std::make_shared<PlaybackClock>();
  const RigOptions options{.playback = clock};
  PortRig client("pcap", {{"read", shipped("cli.pcap")}, {"pace", std::string("recorded")}}, options);
  PortRig server("pcap", {{"read", shipped("srv.pcap")}, {"pace", std::string("recorded")}}, options);
  client.must_open();
  server.must_open();
  CHECK(client.drain() == 1);
  server.clock.advance_to(kSecond);
  CHECK(server.drain() == 1);
  client.clock.advance_to(2500 * kMillisecond);
  CHECK(client.drain() == 1);  // half a second late
  CHECK(client.counter("late") == 1);
  CHECK(server.port->next_due(0) == 3500 * kMillisecond);
  server.clock.advance_to(3500 * kMillisecond);
  CHECK(server.drain() == 1);
  CHECK(server.counter("late") == 0);
}

TEST_CASE("so many packets are received and no more") {
  for (const std::int64_t count : {1, 31, 33, 4096, 5000}) {
    PortRig rig("pcap", {{"read", kInternet}, {"count", count}, {"loop", std::int64_t{2}}});
    rig.must_open();
    CHECK(rig.drain() == static_cast<std::uint64_t>(count));
    CHECK(rig.port->exhausted(0));
  }
}
