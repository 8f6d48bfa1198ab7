#include <catch2/catch.hpp>
#include <random>

#include "core/net/checksum.hpp"
#include "core/net/describe.hpp"
#include "core/net/fields.hpp"
#include "core/net/flow/flow_hash.hpp"
#include "core/net/packet_filter.hpp"
#include "tests/support/frames.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

// What these find is found by AddressSanitizer: each frame is its own allocation, to the byte.

namespace {

/// Everything of core/net that reads frames.
void read_all(const Bytes& frame, const PacketFilter& filter) {
  const auto length = static_cast<std::uint32_t>(frame.size());
  const Layers layers = parse_layers(frame);
  REQUIRE((layers.l3_offset < length || length == 0));
  REQUIRE((layers.l4_offset < length || length == 0));
  REQUIRE(ip_end(frame, layers) <= length);
  static_cast<void>(flow_hash(frame, layers));
  static_cast<void>(transport_checksum(frame, layers));
  static_cast<void>(filter.matches(frame, length));
  REQUIRE(!describe_frame(frame, length).empty());
  for (const HeaderField& field : header_fields())
    if (const auto offset = locate(field, frame, layers)) REQUIRE(!show_field(field, frame, *offset).empty());
}

}  // namespace

TEST_CASE("random bytes are read within their bounds") {
  const auto filter = PacketFilter::compile("ip6 protochain 17 or tcp port 80 or ether[ip[0]] = 1");
  REQUIRE(filter);
  std::mt19937 random(29);
  for (int i = 0; i < 3000; ++i) {
    Bytes frame(random() % 100);
    for (std::uint8_t& byte : frame) byte = static_cast<std::uint8_t>(random());
    read_all(frame, *filter);
  }
}

TEST_CASE("good frames with random damage are read within their bounds") {
  const auto filter = PacketFilter::compile("udp port 53 or ether[ip[0]] = 1");
  REQUIRE(filter);
  std::mt19937 random(31);
  const std::uint8_t interesting[] = {0x00, 0xff, 0x7f, 0x80, 0x40, 0x45, 0x4f, 0x60, 44, 43, 60, 51, 6, 17};
  Bytes chain = from_hex("3c00 000000000000 2b00 000000000000 2c00 000000000000 1100 000100000000");
  chain = join({chain, udp({}, counting(20))});
  const Bytes extended =
      ethernet({.type = 0x86dd}, ipv6({.next_header = 0, .transport_checksum = false}, chain));
  for (const Bytes& good : {udp_frame(), tcp_frame(), udp6_frame(), vlan_udp_frame(), arp_frame(), extended})
    for (int i = 0; i < 1000; ++i) {
      Bytes frame = good.first(random() % 4 == 0 ? random() % (good.size() + 1) : good.size());
      const std::size_t damages = random() % 4;
      for (std::size_t d = 0; d < damages && frame.size() > 12; ++d)
        frame[12 + random() % (frame.size() - 12)] = random() % 2 == 0
                                                         ? interesting[random() % std::size(interesting)]
                                                         : static_cast<std::uint8_t>(random());
      read_all(frame, *filter);
    }
}

TEST_CASE("all frames of the odd captures are read within their bounds") {
  const auto corpus = corpus_path();
  if (!corpus) {
    WARN("the captures are not there: set IXYFLOW_CAPTURES");
    return;
  }
  const auto filter = PacketFilter::compile("udp port 53 or ether[ip[0]] = 1");
  REQUIRE(filter);
  std::size_t frames = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*corpus / "odd")) {
    const auto capture = read_capture(entry.path());
    if (!capture) continue;
    for (const CapturedFrame& frame : capture->frames)
      read_all(frame.bytes, *filter);  // whatever the link type
    frames += capture->frames.size();
  }
  CHECK(frames > 1000);
}
