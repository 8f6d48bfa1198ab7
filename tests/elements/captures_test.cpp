// Real packets through every element, in process. The harness ends the program when a packet or a buffer is
// lost, or memory is allocated on the way; under a sanitizer it also ends at the first byte touched beyond a
// frame's buffer.

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/elements/every_element.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

constexpr int kEthernet = 1;
constexpr std::uint32_t kDataRoom = 65536;

/// The Ethernet frames of a capture that fit the largest buffer; the others are refused by the ports.
void add_frames(const Capture& capture, std::vector<Input>& packets) {
  if (capture.link_type != kEthernet) return;
  for (const CapturedFrame& frame : capture.frames) {
    if (frame.bytes.size() > kDataRoom) continue;
    Input input(frame.bytes, frame.wire_length);
    input.timestamp = frame.timestamp;
    packets.push_back(std::move(input));
  }
}

void run_through_every_element(const std::vector<Input>& packets) {
  for (const ElementSpec* spec : every_element()) {
    CAPTURE(spec->name);
    AnyElement element(*spec, {.buffers = 128, .layout = {.data_room = kDataRoom}});
    const auto sent = element.run(packets, 32);
    const std::uint64_t in = packets.size() + element.harness().created();
    CHECK(sent.size() + element.port().taken_count == in);
    CHECK(std::ranges::all_of(sent, &Sent::layers_right));
  }
}

}  // namespace

TEST_CASE("The capture that comes with the project passes every element and nothing is lost") {
  const auto path = source_path() / "pipelines" / "captures" / "internet-4k.pcap";
  const auto capture = read_capture(path);
  REQUIRE(capture.has_value());
  std::vector<Input> packets;
  add_frames(*capture, packets);
  REQUIRE(packets.size() == 4096);
  run_through_every_element(packets);
}

TEST_CASE("Odd, old and malformed captures pass every element and nothing is lost") {
  const auto corpus = corpus_path();
  if (!corpus) {
    WARN("no corpus of captures here: set IXYFLOW_CAPTURES to the folder that holds odd/ and office.pcap");
    return;
  }
  std::vector<Input> packets;
  std::size_t files = 0;
  std::size_t ethernet_files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*corpus)) {
    if (!entry.is_regular_file() || entry.path().filename() == "internet-4k.pcap") continue;
    const auto capture = read_capture(entry.path());
    if (!capture) continue;
    ++files;
    if (capture->link_type == kEthernet) ++ethernet_files;
    add_frames(*capture, packets);
  }
  CHECK(files >= 400);
  CHECK(ethernet_files >= 200);
  run_through_every_element(packets);
}

TEST_CASE("D24: Print shows the frames of all captures as printable lines of at most 240 characters") {
  const auto corpus = corpus_path();
  if (!corpus) {
    WARN("no corpus of captures here: set IXYFLOW_CAPTURES to the folder that holds odd/ and office.pcap");
    return;
  }
  ElementHarness print("Print", "bytes = 64\nper_second = 0\ntime = true\nlabel = \"corpus\"",
                       {.buffers = 128, .layout = {.data_room = kDataRoom}});
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*corpus)) {
    if (!entry.is_regular_file()) continue;
    // Whatever the link type: to Print, all of it is bytes.
    auto capture = read_capture(entry.path());
    if (!capture) continue;
    capture->link_type = kEthernet;
    std::vector<Input> packets;
    add_frames(*capture, packets);
    for (const Input& packet : packets) {
      print.send(packet);
      for (const std::string& line : print.take_lines()) {
        CAPTURE(entry.path(), line);
        REQUIRE(line.size() <= 240);
        REQUIRE(std::ranges::all_of(line, [](char c) { return c >= 0x20 && c < 0x7f; }));
      }
    }
  }
}
