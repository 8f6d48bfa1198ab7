#include "core/packet/layers.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>

#include "core/net/flow/flow_hash.hpp"
#include "core/net/parser.hpp"
#include "core/packet/mempool.hpp"
#include "tests/support/frames.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

/// A packet out of a pool of its own.
class OnePacket {
 public:
  explicit OnePacket(const Bytes& frame)
      : memory_(DmaMemory::allocate(BufferLayout{}.bytes(1), Pages::small, -1).value()),
        pool_(Mempool::create(memory_, 1, {}, 0).value()) {
    REQUIRE(pool_->allocate(std::span(&packet_, 1)) == 1);
    set(frame);
  }
  ~OnePacket() {
    pool_->free(packet_);
    CHECK(pool_->available() == 1);
  }
  void set(const Bytes& frame) {
    std::ranges::copy(frame, packet_->data());
    packet_->set_length(static_cast<std::uint32_t>(frame.size()));
  }
  Packet& operator*() const { return *packet_; }
  Packet* operator->() const { return packet_; }

 private:
  DmaMemory memory_;
  std::unique_ptr<Mempool> pool_;
  Packet* packet_ = nullptr;
};

}  // namespace

TEST_CASE("the layers of a packet are parsed once and kept") {
  const OnePacket packet(vlan_udp_frame());
  CHECK_FALSE(packet->has(PacketFlag::parsed));
  parse(*packet);
  CHECK(packet->has(PacketFlag::parsed));
  CHECK(packet->l3_offset == 18);
  CHECK(packet->l4_offset == 38);
  CHECK(packet->ether_type == EtherType::ipv4);
  CHECK(packet->ip_protocol == IpProtocol::udp);
  packet->data()[12] = 0;  // nobody said that the headers changed
  parse(*packet);
  CHECK(packet->l3_offset == 18);
  packet->forget_layers();
  parse(*packet);
  CHECK(packet->ether_type == EtherType{});
  CHECK(packet->l4_offset == kNoOffset);
}

TEST_CASE("IP headers are there when the packet has them") {
  const OnePacket packet(vlan_udp_frame());
  REQUIRE(ipv4(*packet) != nullptr);
  CHECK(ipv4(*packet)->ttl == 64);
  CHECK(ipv6(*packet) == nullptr);
  const OnePacket packet6(udp6_frame());
  REQUIRE(ipv6(*packet6) != nullptr);
  CHECK(ipv6(*packet6)->hop_limit == 64);
  CHECK(ipv4(*packet6) == nullptr);
}

TEST_CASE("a packet that is cut anywhere has only the headers that fit") {
  for (const Bytes& frame : {udp_frame(), udp6_frame(), vlan_udp_frame()})
    for (std::size_t length = 0; length <= frame.size(); ++length) {
      const OnePacket packet(frame.first(length));
      const Layers layers = parse_layers(frame);
      const bool v4 = layers.ether_type == EtherType::ipv4;
      CHECK((ipv4(*packet) != nullptr) == (v4 && length >= layers.l3_offset + 20U));
      CHECK((ipv6(*packet) != nullptr) == (!v4 && length >= layers.l3_offset + 40U));
    }
}

TEST_CASE("TCP and UDP checksums have a field where their header fits the packet") {
  for (const auto& [frame, field] :
       {std::pair(udp_frame(), 40U), std::pair(tcp_frame(), 50U), std::pair(vlan_udp_frame(), 44U)})
    for (std::size_t length = 0; length <= frame.size(); ++length) {
      const OnePacket packet(frame.first(length));
      const std::size_t header = frame[23] == 6 ? 34 + 20 : field + 2;
      Be16* const found = transport_checksum_field(*packet);
      CHECK((found != nullptr) == (length >= header));
      if (found != nullptr) CHECK(reinterpret_cast<std::uint8_t*>(found) == packet->data() + field);
    }
}

TEST_CASE("what has no TCP or UDP checksum has no field for it") {
  Bytes without = udp_frame();
  without[40] = without[41] = 0;  // RFC 768: none
  Bytes fragment = udp_frame();
  fragment[21] = 1;  // a later one
  Bytes icmp = udp_frame();
  icmp[23] = 1;
  for (const Bytes& frame : {without, fragment, icmp, Bytes(60, 0), Bytes()}) {
    const OnePacket packet(frame);
    CHECK(transport_checksum_field(*packet) == nullptr);
  }
}

TEST_CASE("the flow hash of a packet is computed once and kept while it is rewritten") {
  const OnePacket packet(udp_frame());
  const Bytes frame = udp_frame();
  const std::uint32_t hash = flow_hash(*packet);
  CHECK(hash == flow_hash(frame, parse_layers(frame)));
  CHECK(packet->has(PacketFlag::flow_hash));
  ipv4(*packet)->source.bytes[3] ^= 1;
  packet->forget_layers();
  CHECK(flow_hash(*packet) == hash);
  packet->clear(PacketFlag::flow_hash);
  CHECK(flow_hash(*packet) != hash);
}
