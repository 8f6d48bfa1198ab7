// The transmit queue of the ixgbe driver, with the test as the card: what it gives to the card, and when it
// takes buffers back.

#include <catch2/catch.hpp>
#include <vector>

#include "core/net/checksum.hpp"
#include "core/net/headers.hpp"
#include "tests/drivers/ixgbe_rig.hpp"

namespace ixyflow::test {
namespace {

using drivers::Doorbell;
using drivers::QueueState;
using drivers::ixgbe::TransmitDescriptor;
using drivers::ixgbe::TransmitQueue;
namespace tx = drivers::ixgbe::tx;

/// All must be the same without put_many, which only makes it faster: the simple loop alone is complete.
struct TransmitEitherWay : TransmitQueue {
  std::uint32_t transmit(std::span<Packet* const> packets) noexcept {
    return many ? TransmitQueue::transmit<true>(packets) : TransmitQueue::transmit<false>(packets);
  }
  bool many = true;
};

/// Every test with one is run both ways.
class TransmitRig : public IxgbeRig<TransmitEitherWay, TransmitDescriptor> {
 public:
  explicit TransmitRig(TransmitQueue::Offloads offloads = {}, std::uint32_t data_room = 2048)
      : IxgbeRig(256, data_room), head(reinterpret_cast<std::uint32_t*>(memory.take_whole(64).data())) {
    queue.many = GENERATE(true, false);
    queue.set_up({ring, head, offloads});
    queue.attach(context());
    queue.start(Doorbell(&tail));
  }

  Packet* packet(std::uint32_t length) {
    Packet* made = nullptr;
    REQUIRE(pool->allocate({&made, 1}) == 1);
    made->set_length(length);
    return made;
  }
  Packet* packet(const std::vector<std::uint8_t>& bytes) {
    Packet* made = packet(static_cast<std::uint32_t>(bytes.size()));
    std::copy(bytes.begin(), bytes.end(), made->data());
    return made;
  }
  /// Sends packets of these lengths; returns how many were taken, and frees the rest.
  std::uint32_t send(const std::vector<std::uint32_t>& lengths) {
    std::vector<Packet*> packets;
    for (const std::uint32_t length : lengths) packets.push_back(packet(length));
    const std::uint32_t taken = queue.transmit(packets);
    pool->free(std::span(packets).subspan(taken));
    return taken;
  }
  std::uint32_t send(std::uint32_t count, std::uint32_t length = 60) {
    return send(std::vector<std::uint32_t>(count, length));
  }
  [[nodiscard]] std::uint32_t length_at(std::uint32_t i) const {
    return static_cast<std::uint32_t>(ring[i].command & 0xffff);
  }
  [[nodiscard]] bool reports(std::uint32_t i) const { return (ring[i].command & tx::kReportStatus) != 0; }

  std::uint32_t* head;
};

/// An IPv4 or IPv6 packet with a transport header whose checksums are all wrong.
std::vector<std::uint8_t> wrong_ipv4(IpProtocol protocol, std::size_t payload, std::size_t padding = 0) {
  const std::size_t header = protocol == IpProtocol::tcp ? 20 : 8;
  std::vector<std::uint8_t> bytes(14 + 20 + header + payload + padding, 0x5a);
  const auto total = static_cast<std::uint16_t>(20 + header + payload);
  bytes[12] = 0x08;
  bytes[13] = 0;
  bytes[14] = 0x45;
  bytes[16] = static_cast<std::uint8_t>(total >> 8);
  bytes[17] = static_cast<std::uint8_t>(total);
  bytes[20] = bytes[21] = 0;
  bytes[23] = static_cast<std::uint8_t>(protocol);
  if (protocol == IpProtocol::tcp) bytes[46] = 0x50;
  if (protocol == IpProtocol::udp) {
    bytes[38] = static_cast<std::uint8_t>((total - 20) >> 8);
    bytes[39] = static_cast<std::uint8_t>(total - 20);
  }
  return bytes;
}

}  // namespace

TEST_CASE("a descriptor says where a packet is and how long, and the last of a burst asks for a report") {
  TransmitRig rig;
  Packet* first = rig.packet(60);
  Packet* second = rig.packet(1514);
  REQUIRE(second->pull(4));
  const std::vector<Packet*> both{first, second};
  CHECK(rig.queue.transmit(both) == 2);
  CHECK(rig.tail == 2);
  CHECK(rig.at(rig.ring[0].address) == first->data());
  CHECK(rig.at(rig.ring[1].address) == second->data());
  CHECK(rig.length_at(0) == 60);
  CHECK(rig.length_at(1) == 1510);
  CHECK(rig.ring[0].command >> tx::kPayloadShift == 60);
  CHECK(rig.ring[1].command >> tx::kPayloadShift == 1510);
  CHECK((rig.ring[0].command & tx::kWholePacket) == tx::kWholePacket);
  CHECK_FALSE(rig.reports(0));
  CHECK(rig.reports(1));
}

TEST_CASE("what the card has sent is given back, over many turns of the ring") {
  TransmitRig rig;
  for (std::uint32_t turn = 0; turn < 300; ++turn) {
    CHECK(rig.send(turn % 40 + 1) == turn % 40 + 1);
    *rig.head = rig.tail;
  }
  CHECK(rig.queue.room() == 63);
  CHECK(rig.pool->available() == rig.pool->size());
}

TEST_CASE("a full ring takes what it has room for, and the caller keeps the rest") {
  TransmitRig rig;
  CHECK(rig.send(100) == 63);
  CHECK(rig.send(1) == 0);
  CHECK(rig.queue.room() == 0);
  *rig.head = 10;
  CHECK(rig.queue.room() == 10);
  CHECK(rig.send(100) == 10);
  CHECK(rig.tail == 9);
}

TEST_CASE("frames of a length that no card may be given are dropped, others around them are sent") {
  TransmitRig rig({}, 20'000);
  CHECK(rig.send({60, 0, 61, 13, 14, 15'865, 62, 15'864}) == 8);
  CHECK(rig.queue.bad_length.value() == 3);
  CHECK(rig.tail == 5);
  std::vector<std::uint32_t> lengths;
  for (std::uint32_t i = 0; i < 5; ++i) lengths.push_back(rig.length_at(i));
  CHECK(lengths == std::vector<std::uint32_t>{60, 61, 14, 62, 15'864});
  CHECK(rig.reports(4));
  CHECK(rig.send({1, 2, 3}) == 3);
  CHECK(rig.tail == 5);
}

TEST_CASE("G8 a head that was never given stops the giving back, and is told") {
  const std::uint32_t nonsense = GENERATE(6U, 63U, 64U, 0xfffffff0U);
  TransmitRig rig;
  CHECK(rig.send(5) == 5);
  *rig.head = nonsense;
  static_cast<void>(rig.queue.room());
  CHECK(rig.queue.distrusted());
  CHECK(rig.pool->available() == rig.pool->size() - 5);
}

TEST_CASE("packets of another core's pool go home to it") {
  TransmitRig rig;
  auto memory = DmaMemory::allocate(BufferLayout{}.bytes(64) + 4096, Pages::small, -1);
  REQUIRE(memory);
  auto other = Mempool::create(*memory, 64, BufferLayout{}, 1);
  REQUIRE(other);
  Mempool::connect(**other, *rig.pool);
  Packet* foreign = nullptr;
  REQUIRE((*other)->allocate({&foreign, 1}) == 1);
  foreign->set_length(60);
  const std::vector<Packet*> both{rig.packet(60), foreign};
  CHECK(rig.queue.transmit(both) == 2);
  *rig.head = rig.tail;
  CHECK(rig.queue.room() == 63);
  rig.pool->send_home();
  CHECK((*other)->available() == 64);
  CHECK(rig.pool->available() == rig.pool->size());
}

TEST_CASE("G4 a queue that is taken away gives back what was not sent, and counts it") {
  TransmitRig rig;
  CHECK(rig.send(7) == 7);
  *rig.head = 3;
  rig.queue.state.set(QueueState::leaving);
  CHECK(rig.send(2) == 0);
  CHECK(rig.queue.state.get() == QueueState::empty);
  CHECK(rig.queue.flushed.value() == 4);
  CHECK(rig.queue.flushed.bytes() > 0);
  CHECK(rig.pool->available() == rig.pool->size());
  rig.queue.state.set(QueueState::filling);
  CHECK(rig.queue.room() == 0);
  CHECK(rig.queue.state.get() == QueueState::filled);
  CHECK(*rig.head == 0);
}

TEST_CASE("the card is asked for IPv4, TCP and UDP checksums, and gets the sum of the pseudo header") {
  const auto protocol = GENERATE(IpProtocol::tcp, IpProtocol::udp);
  TransmitRig rig({.checksums = true});
  Packet* packet = rig.packet(wrong_ipv4(protocol, 100));
  const std::vector<Packet*> one{packet};
  CHECK(rig.queue.transmit(one) == 1);
  CHECK(rig.tail == 2);
  // A context, and the packet which refers to it.
  CHECK((rig.ring[0].command & tx::kContext) != 0);
  CHECK((rig.ring[0].command & tx::kContextIpv4) != 0);
  CHECK(((rig.ring[0].command & tx::kContextTcp) != 0) == (protocol == IpProtocol::tcp));
  CHECK(rig.ring[0].address == (14U << tx::kMacLengthShift | 20U));
  CHECK((rig.ring[1].command & tx::kInsertIpChecksum) != 0);
  CHECK((rig.ring[1].command & tx::kInsertL4Checksum) != 0);
  const auto bytes = bytes_of(*packet);
  const std::size_t at = protocol == IpProtocol::tcp ? 34 + 16 : 34 + 6;
  const auto seed = static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
  CHECK(seed ==
        pseudo_header_sum(bytes.subspan(26, 8), protocol, static_cast<std::uint32_t>(bytes.size() - 34)));
  *rig.head = 2;
  CHECK(rig.queue.room() == 31);
  CHECK(rig.pool->available() == rig.pool->size());
}

TEST_CASE("D18 padding does not get into a checksum: then it is computed here") {
  TransmitRig rig({.checksums = true});
  Packet* packet = rig.packet(wrong_ipv4(IpProtocol::tcp, 1, 5));
  const std::vector<Packet*> one{packet};
  CHECK(rig.queue.transmit(one) == 1);
  CHECK((rig.ring[1].command & tx::kInsertIpChecksum) != 0);
  CHECK((rig.ring[1].command & tx::kInsertL4Checksum) == 0);
  const auto bytes = bytes_of(*packet);
  const std::uint16_t sum =
      checksum_add(pseudo_header_sum(bytes.subspan(26, 8), IpProtocol::tcp, 21), bytes.subspan(34, 21));
  CHECK(sum == 0xffff);
}

TEST_CASE("what is no IP, and UDP without a checksum, goes out as it is") {
  TransmitRig rig({.checksums = true});
  auto udp = wrong_ipv4(IpProtocol::udp, 30);
  udp[40] = udp[41] = 0;
  const std::vector<Packet*> packets{rig.packet(std::vector<std::uint8_t>(60, 1)), rig.packet(udp)};
  CHECK(rig.queue.transmit(packets) == 2);
  CHECK((rig.ring[0].command & (tx::kInsertIpChecksum | tx::kUseContext)) == 0);
  CHECK((rig.ring[2].command & tx::kInsertIpChecksum) != 0);
  CHECK((rig.ring[2].command & tx::kInsertL4Checksum) == 0);
}

TEST_CASE("a tag that was taken off is put back on request") {
  TransmitRig rig({.vlan = true});
  Packet* tagged = rig.packet(60);
  tagged->set(PacketFlag::vlan_tag);
  tagged->vlan_tci = 0x2064;
  const std::vector<Packet*> packets{rig.packet(60), tagged};
  CHECK(rig.queue.transmit(packets) == 2);
  CHECK(rig.tail == 3);
  CHECK((rig.ring[0].command & tx::kInsertVlan) == 0);
  CHECK(rig.ring[1].address >> tx::kVlanShift == 0x2064);
  CHECK((rig.ring[2].command & tx::kInsertVlan) != 0);
}

TEST_CASE("a ring that is nearly full takes no packet without room for its context") {
  TransmitRig rig({.checksums = true});
  std::vector<Packet*> packets;
  for (int i = 0; i < 40; ++i) packets.push_back(rig.packet(wrong_ipv4(IpProtocol::udp, 20)));
  const std::uint32_t taken = rig.queue.transmit(packets);
  CHECK(taken == 31);
  CHECK(rig.tail == 62);
  rig.pool->free(std::span(packets).subspan(taken));
}

}  // namespace ixyflow::test
