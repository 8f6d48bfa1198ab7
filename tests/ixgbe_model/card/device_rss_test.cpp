#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint32_t kRxcsum = 0x5000;
constexpr std::uint32_t kAllTypes = 0x00F30000;  // all that the 82599 has; 18, 19 and 24 are reserved

/// The key of the verification suite (7.1.2.8.1).
constexpr std::uint8_t kKey[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                   0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                   0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                   0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

struct Vector {
  const char* source;
  std::uint16_t source_port;
  const char* destination;
  std::uint16_t destination_port;
  std::uint32_t addresses_only;
  std::uint32_t with_ports;
};
constexpr Vector kIpv4[] = {{"66.9.149.187", 2794, "161.142.100.80", 1766, 0x323e8fc2, 0x51ccc178},
                            {"199.92.111.2", 14230, "65.69.140.83", 4739, 0xd718262a, 0xc626b0ea},
                            {"24.19.198.95", 12898, "12.22.207.184", 38024, 0xd2d0a5de, 0x5c2b394a},
                            {"38.27.205.30", 48228, "209.142.163.6", 2217, 0x82989176, 0xafc7327f},
                            {"153.39.163.191", 44251, "202.188.127.2", 1303, 0x5d1809c5, 0x10e828a2}};
constexpr Vector kIpv6[] = {
    {"3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766, 0x2cc18cd5, 0x40207d3d},
    {"3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739, 0x0f0c461c, 0xdde51bbf},
    {"3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, "fe80::200:f8ff:fe21:67cf", 38024, 0x4b61e985,
     0x02d1feef}};

enum class Transport { tcp, udp, none };

Bytes frame_of(const Vector& vector, bool v6, Transport transport) {
  const Bytes tcp_header =
      tcp({.source = vector.source_port, .destination = vector.destination_port}, counting(20));
  const Bytes udp_header =
      udp({.source = vector.source_port, .destination = vector.destination_port}, counting(20));
  const Bytes payload = transport == Transport::tcp   ? tcp_header
                        : transport == Transport::udp ? udp_header
                                                      : counting(30);
  const std::uint8_t protocol = transport == Transport::tcp ? 6 : transport == Transport::udp ? 17 : 99;
  if (v6)
    return ethernet(
        {.type = 0x86DD},
        ipv6({.source = vector.source, .destination = vector.destination, .next_header = protocol}, payload));
  return ethernet(
      {.type = 0x0800},
      ipv4({.source = vector.source, .destination = vector.destination, .protocol = protocol}, payload));
}

/// A card that spreads over `queues` queues; RETA entry i leads to queue i modulo that.
class RssRig : public Rig {
 public:
  explicit RssRig(std::uint32_t types = kAllTypes, std::uint32_t queues = 1) {
    bring_up();
    for (std::uint32_t i = 0; i < 10; ++i)
      write(kRssrk + 4 * i, std::uint32_t{kKey[4 * i]} | std::uint32_t{kKey[4 * i + 1]} << 8U |
                                std::uint32_t{kKey[4 * i + 2]} << 16U |
                                std::uint32_t{kKey[4 * i + 3]} << 24U);
    for (std::uint32_t i = 0; i < 32; ++i) {
      std::uint32_t entries = 0;
      for (std::uint32_t j = 0; j < 4; ++j) entries |= (4 * i + j) % queues << (8 * j);
      write(kReta + 4 * i, entries);
    }
    write(kRxcsum, 1U << 13);  // PCSD: the hash instead of the fragment checksum
    write(kMrqc, 1 | types);
    for (std::uint32_t i = 0; i < queues; ++i) start_rx(i);
  }
  /// The descriptor of the next frame in queue 0.
  Words take(const Bytes& frame) {
    receive(frame);
    return rx(0, next_++);
  }

 private:
  std::uint32_t next_ = 0;
};

std::uint32_t hash_of(const Words& done) {
  return static_cast<std::uint32_t>(done.low >> 32);
}
std::uint32_t type_of(const Words& done) {
  return done.low & 0xF;
}

}  // namespace

TEST_CASE("The hash over IPv4 equals the verification suite") {
  RssRig rig;
  for (const Vector& vector : kIpv4) {
    const Words tcp = rig.take(frame_of(vector, false, Transport::tcp));
    CHECK(hash_of(tcp) == vector.with_ports);
    CHECK(type_of(tcp) == 1);
    const Words udp = rig.take(frame_of(vector, false, Transport::udp));
    CHECK(hash_of(udp) == vector.with_ports);
    CHECK(type_of(udp) == 7);
    const Words other = rig.take(frame_of(vector, false, Transport::none));
    CHECK(hash_of(other) == vector.addresses_only);
    CHECK(type_of(other) == 2);
  }
}

TEST_CASE("The hash over IPv6 equals the verification suite") {
  RssRig rig;
  for (const Vector& vector : kIpv6) {
    const Words tcp = rig.take(frame_of(vector, true, Transport::tcp));
    CHECK(hash_of(tcp) == vector.with_ports);
    CHECK(type_of(tcp) == 3);
    const Words udp = rig.take(frame_of(vector, true, Transport::udp));
    CHECK(hash_of(udp) == vector.with_ports);
    CHECK(type_of(udp) == 8);
    const Words other = rig.take(frame_of(vector, true, Transport::none));
    CHECK(hash_of(other) == vector.addresses_only);
    CHECK(type_of(other) == 5);
  }
}

TEST_CASE("The hash's low seven bits choose the queue through RETA") {
  RssRig rig(kAllTypes, 4);
  std::uint32_t taken[4] = {};
  for (const Vector& vector : kIpv4) {
    const std::uint32_t queue = vector.with_ports % 128 % 4;
    rig.receive(frame_of(vector, false, Transport::tcp));
    CHECK(hash_of(rig.rx(queue, taken[queue]++)) == vector.with_ports);
  }
}

TEST_CASE("RETA holds any queue for any hash") {
  RssRig rig(kAllTypes, 16);
  const Bytes frame = frame_of(kIpv4[0], false, Transport::tcp);
  const std::uint32_t entry = kIpv4[0].with_ports % 128;
  for (std::uint32_t queue = 0; queue < 16; ++queue) {
    rig.write(kReta + entry / 4 * 4, queue << 8 * (entry % 4));
    rig.receive(frame);
    CHECK((rig.rx(queue, 0).high & 1) == 1);
  }
}

TEST_CASE("A function that is not enabled gives way to the next one") {
  RssRig no_tcp(1U << 17);  // IPv4 only
  CHECK(hash_of(no_tcp.take(frame_of(kIpv4[0], false, Transport::tcp))) == kIpv4[0].addresses_only);
  CHECK(type_of(no_tcp.take(frame_of(kIpv6[0], true, Transport::tcp))) == 0);
  RssRig only_udp(1U << 22);
  CHECK(type_of(only_udp.take(frame_of(kIpv4[0], false, Transport::tcp))) == 0);
  CHECK(hash_of(only_udp.take(frame_of(kIpv4[0], false, Transport::udp))) == kIpv4[0].with_ports);
}

TEST_CASE("Fragments are hashed without ports, and what is not IP not at all") {
  RssRig rig;
  const Vector& vector = kIpv4[0];
  const Bytes fragment = ethernet(
      {},
      ipv4({.source = vector.source, .destination = vector.destination, .protocol = 6, .fragment = 0x2000},
           tcp({}, counting(20))));
  const Words done = rig.take(fragment);
  CHECK(hash_of(done) == vector.addresses_only);
  CHECK(type_of(done) == 2);
  const Words arp = rig.take(padded(arp_frame()));
  CHECK(hash_of(arp) == 0);
  CHECK(type_of(arp) == 0);
}

TEST_CASE("A VLAN tag and IPv4 options do not hide the ports") {
  RssRig rig;
  const Vector& vector = kIpv4[1];
  const Bytes packet = ipv4(
      {.source = vector.source, .destination = vector.destination, .protocol = 6, .options = counting(8)},
      tcp({.source = vector.source_port, .destination = vector.destination_port}, counting(20)));
  CHECK(hash_of(rig.take(ethernet({.type = 0x8100}, vlan(100, 0x0800, packet)))) == vector.with_ports);
}

TEST_CASE("Without PCSD the second word is the fragment's checksum and the IP identification") {
  RssRig rig;
  rig.write(kRxcsum, 1U << 12);
  const Bytes payload = udp({}, counting(24));
  const Bytes frame = ethernet(
      {}, ipv4({.identification = 0xBEEF, .fragment = 0x2000, .transport_checksum = false}, payload));
  const Words done = rig.take(frame);
  CHECK((done.low >> 32 & 0xFFFF) == 0xBEEF);
  CHECK(static_cast<std::uint16_t>(done.low >> 48) == static_cast<std::uint16_t>(~plain_checksum(payload)));
}

TEST_CASE("With RSS off everything goes to queue 0 without a hash") {
  RssRig rig;
  rig.write(kMrqc, 0);
  const Words done = rig.take(frame_of(kIpv4[0], false, Transport::tcp));
  CHECK(hash_of(done) == 0);
  CHECK(type_of(done) == 0);
}

TEST_CASE("An EtherType filter goes before RSS and is named in the descriptor") {
  RssRig rig;
  rig.start_rx(5);
  rig.write(0x5128 + 4 * 3, 1U << 31 | 0x88F7);
  rig.write(0xEC00 + 4 * 3, 1U << 31 | 5U << 16);
  Bytes frame = test_frame(60);
  frame[12] = 0x88, frame[13] = 0xF7;
  rig.receive(frame);
  const Words done = rig.rx(5, 0);
  CHECK((done.high & 1) == 1);
  CHECK((done.low >> 4 & 0x1FFF) == (1U << 11 | 3));
}
