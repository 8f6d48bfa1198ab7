#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>

#include "tests/ixgbe_model/wire/wire_helpers.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

void write_capture(const std::string& path, const std::vector<Bytes>& frames) {
  const auto out = wire("pcap:," + path);
  for (const Bytes& frame : frames) REQUIRE(send(*out, frame));
}

}  // namespace

TEST_CASE("what is sent into a capture comes out of it again, byte by byte") {
  const TemporaryFolder folder;
  const std::vector<Bytes> frames{counting(60), counting(1514), counting(16'000)};
  write_capture(folder / "a.pcap", frames);
  const auto in = wire("pcap:" + (folder / "a.pcap"));
  CHECK(in->patient());
  CHECK(in->peek().size() == 60);
  CHECK(in->peek().size() == 60);
  for (const Bytes& frame : frames) CHECK(take(*in) == frame);
  CHECK(take(*in).empty());
  CHECK(in->status().find("wire_given 3\n") != std::string::npos);
}

TEST_CASE("a capture is played as often as asked for") {
  const TemporaryFolder folder;
  write_capture(folder / "a.pcap", {counting(60), counting(61)});
  const auto in = wire("pcap:" + (folder / "a.pcap") + ",loop=3");
  for (int i = 0; i < 3; ++i) {
    CHECK(take(*in).size() == 60);
    CHECK(take(*in).size() == 61);
  }
  CHECK(take(*in).empty());
  const auto endless = wire("pcap:" + (folder / "a.pcap") + ",loop=0");
  for (unsigned i = 0; i < 1001; ++i) CHECK(take(*endless).size() == 60 + i % 2);
}

TEST_CASE("an empty capture ends, however often it is to be played") {
  const TemporaryFolder folder;
  write_capture(folder / "a.pcap", {});
  const auto in = wire("pcap:" + (folder / "a.pcap") + ",loop=0");
  CHECK(take(*in).empty());
  CHECK(take(*in).empty());
}

TEST_CASE("a capture keeps to its rate") {
  const TemporaryFolder folder;
  write_capture(folder / "a.pcap", {counting(60)});
  const auto in = wire("pcap:" + (folder / "a.pcap") + ",loop=0,rate=1kpps");
  const auto start = std::chrono::steady_clock::now();
  int frames = 0;
  while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(200))
    frames += !take(*in).empty();
  CHECK(frames >= 50);
  CHECK(frames <= 310);  // up to 100 may be caught up with
}

TEST_CASE("a capture that is delayed begins so long after the driver does") {
  const TemporaryFolder folder;
  write_capture(folder / "a.pcap", {counting(60), counting(60)});
  const auto in = wire("pcap:" + (folder / "a.pcap") + ",delay=50ms");
  const auto start = std::chrono::steady_clock::now();
  while (take(*in).empty() && std::chrono::steady_clock::now() - start < std::chrono::seconds(10)) continue;
  const auto waited = std::chrono::steady_clock::now() - start;
  CHECK(waited > std::chrono::milliseconds(49));
  CHECK(waited < std::chrono::seconds(10));
  CHECK(take(*in).size() == 60);
}

TEST_CASE("a capture with a window waits for what is under way to come back, but not for ever") {
  const TemporaryFolder folder;
  write_capture(folder / "a.pcap", {counting(60)});
  model::Traffic traffic;
  const auto in = wire("pcap:" + (folder / "a.pcap") + ",loop=0,window=3", traffic);
  const auto out = wire("pcap:," + (folder / "b.pcap"), traffic);
  for (int i = 0; i < 3; ++i) CHECK(take(*in).size() == 60);
  CHECK(take(*in).empty());
  CHECK(send(*out, counting(60)));
  CHECK(take(*in).size() == 60);
  CHECK(take(*in).empty());
  const auto start = std::chrono::steady_clock::now();
  while (take(*in).empty() && std::chrono::steady_clock::now() - start < std::chrono::seconds(10)) continue;
  const auto waited = std::chrono::steady_clock::now() - start;
  CHECK(waited > std::chrono::milliseconds(50));
  CHECK(waited < std::chrono::seconds(10));
  CHECK(take(*in).size() == 60);
}

TEST_CASE("a reader finds what was sent as soon as nothing moves") {
  const TemporaryFolder folder;
  const auto out = wire("pcap:," + (folder / "a.pcap"));
  CHECK(send(*out, counting(60)));
  out->idle();
  CHECK(take(*wire("pcap:" + (folder / "a.pcap"))) == counting(60));
  std::ifstream file(folder / "a.pcap", std::ios::binary);
  std::array<char, 4> magic{};
  file.read(magic.data(), magic.size());
  CHECK(std::string(magic.begin(), magic.end()) == "\x4d\x3c\xb2\xa1");  // nanoseconds
}

TEST_CASE("a capture is not read and written at once") {
  const TemporaryFolder folder;
  write_capture(folder / "a.pcap", {counting(60)});
  const std::string error = wire_error("pcap:" + (folder / "a.pcap") + "," + (folder / "a.pcap"));
  CHECK(error.find("read and written") != std::string::npos);
  CHECK(take(*wire("pcap:" + (folder / "a.pcap"))) == counting(60));
}
