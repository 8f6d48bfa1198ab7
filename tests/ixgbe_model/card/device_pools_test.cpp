#include <catch2/catch.hpp>

#include "tests/ixgbe_model/card/device_rig.hpp"

using namespace ixyflow::test;
using namespace ixyflow::test::card;

namespace {

constexpr std::uint32_t kVtCtl = 0x51B0, kVfre = 0x51E0, kMpsar = 0xA600;
constexpr std::uint32_t kVmolr = 0xF000, kVlvf = 0xF100, kVlvfPools = 0xF200, kSwitch = 0x8220;
constexpr std::uint32_t kPsrtype = 0xEA00, kRtrup2tc = 0x3020;
constexpr std::uint32_t kUntagged = 1U << 24, kTable = 1U << 25, kTakesBroadcast = 1U << 27;
constexpr std::uint32_t kReplication = 1U << 30, kNoDefaultPool = 1U << 29;
constexpr std::uint64_t kWholeFrame = std::uint64_t{1} << 24 | std::uint64_t{1} << 25 |  // EOP, IFCS
                                      std::uint64_t{1} << 29 | std::uint64_t{3} << 20;   // DEXT, data

const std::string kOwn = "02:00:00:00:00:01", kFirst = "02:00:00:00:0a:01", kSecond = "02:00:00:00:0a:02";
const std::string kAll = "ff:ff:ff:ff:ff:ff";

Bytes frame_to(const std::string& address, const std::string& from = "02:00:00:00:00:99") {
  return padded(ethernet({.destination = address, .source = from}, counting(40)));
}

/// A card as Linux's ixgbe sets it up for two macvlan interfaces: 32 pools of four queues, pool 0 is the
/// card's own interface and the default, pools 1 and 2 have an address each. Only the first queue of a pool
/// is used.
class PoolRig : public Rig {
 public:
  PoolRig() {
    bring_up();
    write(kFctrl, 1U << 10);
    write(kMrqc, 0xA);
    write(kVtCtl, 1 | kReplication);
    write(kVfre, ~0U);
    for (std::uint32_t pool = 0; pool < 3; ++pool) {
      write(kVmolr + 4 * pool, kUntagged | kTable | kTakesBroadcast);
      start_rx(queue_of(pool));
    }
    set_pools(0, 1);
    add_address(1, 0x01, 1U << 1);
    add_address(2, 0x02, 1U << 2);
    start_tx(0);
    start_tx(queue_of(1));
  }
  static constexpr std::uint32_t queue_of(std::uint32_t pool) { return 4 * pool; }

  void set_pools(std::uint32_t entry, std::uint32_t pools) {
    write(kMpsar + 8 * entry, pools);
    write(kMpsar + 8 * entry + 4, 0);
  }
  /// 02:00:00:00:0a:`last`.
  void add_address(std::uint32_t entry, std::uint32_t last, std::uint32_t pools) {
    write(0xA200 + 8 * entry, 0x00000002);
    write(0xA204 + 8 * entry, last << 8 | 0x0A | 1U << 31);
    set_pools(entry, pools);
  }
  /// Frames that the pools have got since the last look, as "0,1,0".
  std::string new_frames() {
    std::string text;
    for (std::uint32_t pool = 0; pool < 3; ++pool) {
      unsigned count = 0;
      while ((rx(queue_of(pool), seen_[pool]).high & 1) != 0) ++seen_[pool], ++count;
      text += (pool == 0 ? "" : ",") + std::to_string(count);
    }
    return text;
  }
  std::string pools_of(const Bytes& frame) {
    receive(frame);
    return new_frames();
  }

 private:
  std::uint32_t seen_[3] = {};
};

}  // namespace

TEST_CASE("A frame goes to the pool of its address") {
  PoolRig rig;
  CHECK(rig.pools_of(frame_to(kOwn)) == "1,0,0");
  CHECK(rig.pools_of(frame_to(kFirst)) == "0,1,0");
  CHECK(rig.pools_of(frame_to(kSecond)) == "0,0,1");
  CHECK(rig.pools_of(frame_to("02:00:00:00:00:77")) == "0,0,0");
  CHECK(rig.status("rx_dropped_filtered") == 1);
}

TEST_CASE("An address may belong to several pools") {
  PoolRig rig;
  rig.set_pools(1, 1U << 1 | 1U << 2);
  CHECK(rig.pools_of(frame_to(kFirst)) == "0,1,1");
}

TEST_CASE("Broadcasts are replicated to every pool that wants them, and counted once") {
  PoolRig rig;
  CHECK(rig.pools_of(frame_to(kAll)) == "1,1,1");
  rig.write(kVmolr + 4, kUntagged);
  CHECK(rig.pools_of(frame_to(kAll)) == "1,0,1");
  CHECK(rig.read(0x4078) == 2);  // BPRC
}

TEST_CASE("Multicasts of the table go to the pools that look there") {
  PoolRig rig;
  rig.write(kMcstctrl, 1U << 2);
  rig.write(kMta, 1);  // entry 0: addresses that end with 00:00
  rig.write(kVmolr + 8, kUntagged);
  CHECK(rig.pools_of(frame_to("01:00:5e:00:00:00")) == "1,1,0");
  CHECK(rig.pools_of(frame_to("01:00:5e:00:10:00")) == "0,0,0");
}

TEST_CASE("Without replication what is for several goes to the default pool") {
  PoolRig rig;
  rig.write(kVtCtl, 1 | 2U << 7);
  CHECK(rig.pools_of(frame_to(kAll)) == "0,0,1");
  CHECK(rig.pools_of(frame_to(kFirst)) == "0,1,0");
}

TEST_CASE("What a promiscuous card takes goes to the default pool, if there is one") {
  PoolRig rig;
  rig.write(kFctrl, 3U << 8 | 1U << 10);
  CHECK(rig.pools_of(frame_to("02:00:00:00:00:77")) == "1,0,0");
  rig.set(kVtCtl, kNoDefaultPool);
  CHECK(rig.pools_of(frame_to("02:00:00:00:00:77")) == "0,0,0");
}

TEST_CASE("A pool that is not enabled gets nothing") {
  PoolRig rig;
  rig.write(kVfre, 1);
  CHECK(rig.pools_of(frame_to(kFirst)) == "0,0,0");
  CHECK(rig.pools_of(frame_to(kAll)) == "1,0,0");
}

TEST_CASE("Tagged frames go to pools of their VLAN, untagged ones to pools that take them") {
  PoolRig rig;
  rig.set(kVlnctrl, 1U << 30);
  rig.write(kVfta, 1U << 5);
  rig.write(kVlvf + 4 * 3, 5 | 1U << 31);
  rig.write(kVlvfPools + 8 * 3, 1U << 1);
  const auto tagged = [](const std::string& address) {
    return padded(ethernet({.destination = address, .type = 0x8100}, vlan(5, 0x88B5, counting(40))));
  };
  CHECK(rig.pools_of(tagged(kFirst)) == "0,1,0");
  CHECK(rig.pools_of(tagged(kSecond)) == "0,0,0");
  CHECK(rig.pools_of(tagged(kAll)) == "0,1,0");
  rig.write(kVmolr + 4, kTable | kTakesBroadcast);
  CHECK(rig.pools_of(frame_to(kFirst)) == "0,0,0");
}

TEST_CASE("RSS spreads within a pool, over as many queues as the pool has") {
  PoolRig rig;
  for (std::uint32_t i = 0; i < 10; ++i) rig.write(kRssrk + 4 * i, 0x6D5A56DA + 0x01234567 * i);
  for (std::uint32_t i = 0; i < 32; ++i)
    rig.write(kReta + 4 * i, 0x07060504);  // 4 to 7: queues 0 to 3 of a pool
  rig.set(kMrqc, 1U << 17);
  for (std::uint32_t queue = 5; queue < 8; ++queue) rig.start_rx(queue);
  const auto frames = [&] {
    unsigned queues = 0;
    for (std::uint16_t i = 0; i < 32; ++i) {
      const std::string source = "10.0.0." + std::to_string(i + 1);
      rig.receive(ethernet({.destination = kFirst, .type = 0x0800}, ipv4({.source = source}, counting(30))));
    }
    for (std::uint32_t queue = 4; queue < 8; ++queue) queues += (rig.rx(queue, 0).high & 1) != 0;
    return queues;
  };
  rig.write(kPsrtype + 4, 1U << 29);
  CHECK(frames() == 2);
  rig.write(kPsrtype + 4, 2U << 29);
  CHECK(frames() == 4);
}

TEST_CASE("A patient wire waits until all pools have room, and each gets the frame once") {
  PoolRig rig;
  for (std::uint32_t i = 0; i < Rig::kRing - 1; ++i) rig.receive(frame_to(kFirst));
  CHECK(rig.new_frames() == "0,63,0");
  CHECK(rig.pools_of(frame_to(kAll)) == "0,0,0");
  rig.write(0x1000 + 0x40 * 4 + 0x18, 0);  // one more buffer for pool 1
  rig.poll();
  CHECK(rig.new_frames() == "1,1,1");
}

TEST_CASE(
    "What a pool sends to another one of the card goes there and not to the wire, if the switch is on") {
  PoolRig rig;
  rig.send(0, frame_to(kFirst, kOwn), kWholeFrame);
  CHECK(rig.wire.sent.size() == 1);
  CHECK(rig.new_frames() == "0,0,0");
  rig.write(kSwitch, 1);
  rig.send(0, frame_to(kFirst, kOwn), kWholeFrame);
  CHECK(rig.wire.sent.size() == 1);
  CHECK(rig.new_frames() == "0,1,0");
  rig.send(4, frame_to(kAll, kFirst), kWholeFrame);
  CHECK(rig.wire.sent.size() == 2);
  CHECK(rig.new_frames() == "1,0,1");  // not back to where it came from
  rig.send(4, frame_to("02:00:00:00:00:77", kFirst), kWholeFrame);
  CHECK(rig.wire.sent.size() == 3);
}

TEST_CASE("With traffic classes the priority of the tag chooses the group of queues") {
  Rig rig;
  rig.bring_up();
  rig.write(kMrqc, 4);  // 8 classes of 16 queues, with RSS
  rig.write(kRtrup2tc, 3U << (3 * 5));
  for (const std::uint32_t queue : {0U, 48U}) rig.start_rx(queue);
  const auto priority = [](std::uint16_t value) {
    return padded(
        ethernet({.type = 0x8100}, vlan(static_cast<std::uint16_t>(value << 13), 0x88B5, counting(40))));
  };
  rig.receive(priority(5));
  CHECK(rig.rx(48, 0).high % 2 == 1);
  rig.receive(priority(1));
  rig.receive(frame_to(kOwn));
  CHECK(rig.status("rx_queue_0_packets") == 2);
  CHECK(rig.status("rx_queue_48_packets") == 1);
}
