#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint64_t kIpChecksum = std::uint64_t{1} << 40, kL4Checksum = std::uint64_t{1} << 41;
constexpr std::uint64_t kSegment = 1U << 31;
enum L4 : std::uint64_t { kUdp = 0, kTcp = 1, kSctp = 2 };

Words context(bool v4, L4 l4, std::uint32_t ip_bytes, std::uint32_t l4_bytes = 0, std::uint32_t segment = 0) {
  return {ip_bytes | 14U << 9, 0x20200000 | (v4 ? 1U << 10 : 0) | l4 << 11 | std::uint64_t{l4_bytes} << 40 |
                                   std::uint64_t{segment} << 48};
}

void put16(Bytes& bytes, std::size_t at, std::uint32_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}
std::uint32_t get16(const Bytes& bytes, std::size_t at) {
  return bytes[at] * 256U + bytes[at + 1];
}
std::uint32_t get32(const Bytes& bytes, std::size_t at) {
  return get16(bytes, at) << 16 | get16(bytes, at + 2);
}

/// What a driver puts in the checksum's place: the sum of the pseudo header, not inverted.
std::uint16_t pseudo_sum(const Bytes& frame, bool v4, std::uint8_t protocol, std::uint32_t length) {
  const std::size_t from = v4 ? 26 : 22;
  Bytes header(frame.begin() + static_cast<std::ptrdiff_t>(from),
               frame.begin() + static_cast<std::ptrdiff_t>(from + (v4 ? 8 : 32)));
  for (const std::uint8_t byte :
       {std::uint8_t{0}, protocol, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)})
    header.push_back(byte);
  return static_cast<std::uint16_t>(~plain_checksum(header));
}

class OffloadRig : public Rig {
 public:
  OffloadRig() {
    bring_up();
    start_tx(0);
  }
  std::vector<Bytes> send_with(const Words& descriptor, const Bytes& packet, std::uint64_t flags) {
    wire.sent.clear();
    queue_descriptor(0, descriptor);
    // A large packet is cut over the buffers as a driver's fragments are.
    for (std::size_t at = 0; at < packet.size(); at += 2048) {
      const std::size_t end = std::min(packet.size(), at + 2048);
      const Bytes part(packet.begin() + static_cast<std::ptrdiff_t>(at),
                       packet.begin() + static_cast<std::ptrdiff_t>(end));
      queue_frame(0, part, (end == packet.size() ? flags : flags & ~(kEop | kRs)));
    }
    ring_tx(0);
    run(10'000, 1'000);
    return wire.sent;
  }
};

Bytes big_tcp(bool v4, std::size_t payload, std::uint8_t flags = 0x99) {
  const Bytes segment =
      tcp({.sequence = 0xFFFFFF00, .flags = flags, .options = counting(4)}, counting(payload));
  Bytes packet =
      v4 ? ethernet({}, ipv4({.identification = 0xFFFE, .transport_checksum = false}, segment))
         : ethernet({.type = 0x86DD}, ipv6({.next_header = 6, .transport_checksum = false}, segment));
  if (v4) {
    packet[23] = 6;
    put16(packet, 16, 0);  // the card fills in the length
    put16(packet, 24, 0);
  } else {
    put16(packet, 18, 0);
  }
  put16(packet, (v4 ? 34 : 54) + 16, pseudo_sum(packet, v4, 6, 0));
  return packet;
}

/// Checks the segments of `big_tcp` and returns their payloads joined.
Bytes join_segments(const std::vector<Bytes>& segments, bool v4, std::size_t most) {
  const std::size_t l4 = v4 ? 34 : 54, header = l4 + 24;
  Bytes all;
  std::uint32_t sequence = 0xFFFFFF00;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Bytes& frame = segments[i];
    const std::size_t payload = frame.size() - header;
    CHECK(payload <= most);
    if (v4) {
      CHECK(get16(frame, 16) == frame.size() - 14);
      CHECK(get16(frame, 18) == ((0xFFFE + i) & 0xFFFF));
      CHECK(ipv4_checksum_right(frame));
    } else {
      CHECK(get16(frame, 18) == frame.size() - 54);
    }
    CHECK(transport_checksum_right(frame));
    CHECK(get32(frame, l4 + 4) == sequence);
    // CWR only in the first, PSH and FIN only in the last; ACK in all.
    const bool first = i == 0, last = i + 1 == segments.size();
    CHECK(frame[l4 + 13] == (0x10 | (first && !last ? 0x80 : 0) | (last ? 0x09 : 0)));
    sequence += static_cast<std::uint32_t>(payload);
    all.insert(all.end(), frame.begin() + static_cast<std::ptrdiff_t>(header), frame.end());
  }
  return all;
}

}  // namespace

TEST_CASE("IPv4, TCP and UDP checksums are inserted right") {
  OffloadRig rig;
  for (const bool v4 : {true, false}) {
    for (const L4 l4 : {kTcp, kUdp}) {
      for (const std::size_t payload : {26U, 27U, 1000U}) {
        const Bytes segment = l4 == kTcp ? tcp({}, counting(payload)) : udp({}, counting(payload));
        const std::uint8_t protocol = l4 == kTcp ? 6 : 17;
        Bytes frame = v4 ? ethernet({}, ipv4({.protocol = protocol}, segment))
                         : ethernet({.type = 0x86DD}, ipv6({.next_header = protocol}, segment));
        const Bytes right = frame;
        const std::size_t at = (v4 ? 34U : 54U) + (l4 == kTcp ? 16U : 6U);
        if (v4) put16(frame, 24, 0);
        put16(frame, at, pseudo_sum(frame, v4, protocol, static_cast<std::uint32_t>(segment.size())));
        const auto sent = rig.send_with(context(v4, l4, v4 ? 20 : 40), frame,
                                        kPlain | kL4Checksum | (v4 ? kIpChecksum : 0));
        REQUIRE(sent.size() == 1);
        CHECK(sent[0] == padded(right));
      }
    }
  }
}

TEST_CASE("SCTP gets its CRC32c") {
  OffloadRig rig;
  // RFC 3720 B.4: the CRC32c of 32 zeros is 0x8a9136aa; SCTP's field counts as zeros and is stored low byte
  // first.
  Bytes frame = ethernet({}, ipv4({.protocol = 132, .transport_checksum = false}, Bytes(32, 0)));
  put16(frame, 42, 0xFFFF);
  const auto sent = rig.send_with(context(true, kSctp, 20), frame, kPlain | kL4Checksum);
  REQUIRE(sent.size() == 1);
  CHECK(Bytes(sent[0].begin() + 42, sent[0].begin() + 46) == from_hex("aa36918a"));
}

TEST_CASE("A UDP checksum that comes out as 0 is sent as 0xffff") {
  OffloadRig rig;
  Bytes frame = ethernet({}, ipv4({}, udp({}, Bytes(20, 0))));
  put16(frame, 42, static_cast<std::uint32_t>(get16(frame, 40)));  // what was computed, as data: the sum is 0
  put16(frame, 40, pseudo_sum(frame, true, 17, 28));
  const auto sent = rig.send_with(context(true, kUdp, 20), frame, kPlain | kL4Checksum);
  REQUIRE(sent.size() == 1);
  CHECK(get16(sent[0], 40) == 0xFFFF);
}

TEST_CASE("Large TCP packets are segmented, over IPv4 and IPv6") {
  OffloadRig rig;
  for (const bool v4 : {true, false}) {
    for (const std::size_t payload : {2U, 1460U, 1462U, 4380U, 60000U}) {
      const Bytes packet = big_tcp(v4, payload);
      const auto sent = rig.send_with(context(v4, kTcp, v4 ? 20 : 40, 24, 1460), packet,
                                      kPlain | kSegment | kL4Checksum | (v4 ? kIpChecksum : 0));
      CHECK(sent.size() == (payload + 1459) / 1460);
      CHECK(join_segments(sent, v4, 1460) == counting(payload));
    }
  }
}

TEST_CASE("Segmentation goes on where a full wire stopped it") {
  OffloadRig rig;
  rig.wire.room = 3;
  rig.send_with(context(true, kTcp, 20, 24, 1000), big_tcp(true, 10000),
                kPlain | kSegment | kIpChecksum | kL4Checksum);
  CHECK(rig.wire.sent.size() == 3);
  CHECK(rig.read(0x6010) == 1);  // only the context is done
  rig.wire.room = 100;
  rig.poll();
  CHECK(rig.wire.sent.size() == 10);
  CHECK(join_segments(rig.wire.sent, true, 1000) == counting(10000));
}

TEST_CASE("Large UDP packets are segmented, each with its own length and checksum") {
  OffloadRig rig;
  Bytes packet = ethernet({}, ipv4({.transport_checksum = false}, udp({}, counting(3000))));
  put16(packet, 24, 0);
  put16(packet, 40, pseudo_sum(packet, true, 17, 0));
  const auto sent =
      rig.send_with(context(true, kUdp, 20, 8, 1000), packet, kPlain | kSegment | kIpChecksum | kL4Checksum);
  REQUIRE(sent.size() == 3);
  for (const Bytes& frame : sent) {
    CHECK(get16(frame, 38) == 1008);
    CHECK(ipv4_checksum_right(frame));
    CHECK(transport_checksum_right(frame));
  }
}

TEST_CASE("Segments carry the tag of the context") {
  OffloadRig rig;
  Words descriptor = context(true, kTcp, 20, 24, 1460);
  descriptor.low |= std::uint64_t{77} << 16;
  const auto sent = rig.send_with(descriptor, big_tcp(true, 2000),
                                  kPlain | kSegment | kIpChecksum | kL4Checksum | 1U << 30);
  REQUIRE(sent.size() == 2);
  for (const Bytes& frame : sent)
    CHECK(Bytes(frame.begin() + 12, frame.begin() + 18) == from_hex("8100 004d 0800"));
}

TEST_CASE("Contexts that do not fit their packet send nothing") {
  OffloadRig rig;
  const Bytes packet = big_tcp(true, 100);
  const std::uint64_t flags = kPlain | kSegment | kIpChecksum | kL4Checksum;
  CHECK(rig.send_with(context(true, kTcp, 20, 24, 0), packet, flags).empty());
  CHECK(rig.send_with(context(true, kTcp, 20, 255, 100), Bytes(packet.begin(), packet.begin() + 60), flags)
            .empty());
  CHECK(rig.send_with(context(true, kTcp, 4, 24, 100), packet, flags).empty());
  CHECK(rig.send_with(context(true, kTcp, 511, 24, 100), packet, kPlain | kL4Checksum).empty());
  CHECK(rig.status("tx_dropped_malformed") == 4);
}

TEST_CASE("Two contexts are kept, and data names the one it wants") {
  OffloadRig rig;
  Words second = context(true, kTcp, 20);
  second.low |= std::uint64_t{2} << 16;
  second.high |= std::uint64_t{1} << 36;
  Words first = context(true, kTcp, 20);
  first.low |= std::uint64_t{1} << 16;
  rig.queue_descriptor(0, first);
  rig.queue_descriptor(0, second);
  rig.queue_frame(0, test_frame(60), kPlain | 1U << 30);
  rig.queue_frame(0, test_frame(60), kPlain | 1U << 30 | std::uint64_t{1} << 36);
  rig.ring_tx(0);
  rig.poll();
  REQUIRE(rig.wire.sent.size() == 2);
  CHECK(get16(rig.wire.sent[0], 14) == 1);
  CHECK(get16(rig.wire.sent[1], 14) == 2);
}
