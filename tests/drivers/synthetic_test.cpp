#include <algorithm>
#include <set>

#include "core/net/checksum.hpp"
#include "core/net/fields.hpp"
#include "core/net/flow/flow_hash.hpp"
#include "core/net/parser.hpp"
#include "core/packet/layers.hpp"
#include "tests/drivers/port_rig.hpp"

using namespace ixyflow;
using namespace ixyflow::test;

namespace {

Value::Table fields(std::vector<std::pair<std::string, Value::Data>> entries) {
  Value::Table table;
  for (auto& [key, data] : entries) table.push_back({key, {2, 1, 1}, Value(std::move(data), {2, 9, 1})});
  return table;
}

std::string show(const Packet& packet, const char* name) {
  const auto frame = bytes_of(packet);
  const HeaderField* field = find_field(name);
  REQUIRE(field != nullptr);
  const auto offset = locate(*field, frame, parse_layers(frame));
  return offset ? show_field(*field, frame, *offset) : "none";
}

/// Whether the IPv4 and the UDP or TCP checksum are right, computed anew.
bool checksums_right(const Packet& packet) {
  const auto frame = bytes_of(packet);
  const Layers layers = parse_layers(frame);
  const bool v4 = layers.ether_type == EtherType::ipv4;
  if (v4 && internet_checksum(frame.subspan(layers.l3_offset, 20)) != 0) return false;
  const auto addresses =
      v4 ? frame.subspan(layers.l3_offset + 12U, 8) : frame.subspan(layers.l3_offset + 8U, 32);
  const auto segment = frame.subspan(layers.l4_offset);
  const auto pseudo =
      pseudo_header_sum(addresses, layers.ip_protocol, static_cast<std::uint32_t>(segment.size()));
  return static_cast<std::uint16_t>(~checksum_add(pseudo, segment)) == 0;
}

std::uint64_t sequence(const Packet& packet, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | packet.data()[at + i];
  return value;
}

}  // namespace

TEST_CASE("a null port hands out as many packets of its size as it was told") {
  PortRig rig("null", {{"count", std::int64_t{100}}, {"size", std::int64_t{128}}});
  rig.must_open();
  rig.clock.advance_to(42);
  const auto packets = rig.receive(64);
  REQUIRE(packets.size() == 64);
  CHECK(packets[0]->length() == 128);
  CHECK(packets[0]->timestamp == 42);
  CHECK(packets[0]->input_port == 7);
  CHECK_FALSE(rig.port->exhausted(0));
  CHECK(rig.port->next_due(0) == 0);
  CHECK(rig.port->tx(0, packets) == 64);
  CHECK(rig.drain(64) == 36);
  CHECK(rig.port->exhausted(0));
  CHECK(rig.receive(64).empty());
}

TEST_CASE("a null port whose packets may leave by another one shows nothing of what buffers held") {
  PortRig rig("null", {{"size", std::int64_t{1500}}}, {.buffers = 4, .with_others = true});
  rig.must_open();
  std::array<Packet*, 4> used{};
  REQUIRE(rig.pool->allocate(used) == 4);
  for (Packet* packet : used) std::memset(packet->data(), 0xee, 2048);
  rig.pool->free(used);
  const auto packets = rig.receive(4);
  REQUIRE(packets.size() == 4);
  for (const Packet* packet : packets) {
    const auto frame = bytes_of(*packet);
    CHECK(frame.size() == 1500);
    CHECK(std::ranges::count(frame, 0) == 1500);
  }
  rig.give_back(packets);
}

TEST_CASE("H6: a null port without buffers hands out fewer packets and goes on when they come back") {
  PortRig rig("null", {}, {.buffers = 16});
  rig.must_open();
  const auto packets = rig.receive(64);
  CHECK(packets.size() == 16);
  CHECK(rig.receive(64).empty());
  CHECK_FALSE(rig.port->exhausted(0));
  rig.give_back(packets);
  const auto again = rig.receive(8);
  CHECK(again.size() == 8);
  rig.give_back(again);
}

TEST_CASE("a size for which packets have no room is refused with the remedy") {
  for (const char* driver : {"null", "generator"}) {
    PortRig rig(driver, {{"size", std::int64_t{9000}}});
    CHECK_FALSE(rig.diagnostics.ok());
    CHECK(rig.diagnostics.render().find("packet_size") != std::string::npos);
  }
}

TEST_CASE("A5: sizes, counts and flows out of their ranges are refused") {
  const std::pair<std::string, std::int64_t> wrong[] = {
      {"size", 13}, {"size", 65536}, {"count", -1}, {"node", -2}};
  for (const auto& [key, value] : wrong)
    for (const char* driver : {"null", "generator"})
      CHECK_FALSE(PortRig(driver, {{key, value}}).diagnostics.ok());
  CHECK_FALSE(PortRig("generator", {{"flows", std::int64_t{0}}}).diagnostics.ok());
  CHECK_FALSE(PortRig("generator", {{"rate", std::string("fast")}}).diagnostics.ok());
}

TEST_CASE("a generator without parameters makes right UDP packets of 64 bytes, numbered") {
  PortRig rig("generator", {{"count", std::int64_t{1000}}});
  rig.must_open();
  std::uint64_t number = 0;
  while (!rig.port->exhausted(0)) {
    const auto packets = rig.receive();
    for (const Packet* packet : packets) {
      REQUIRE(packet->length() == 64);
      REQUIRE(checksums_right(*packet));
      REQUIRE(sequence(*packet, 42) == number++);
    }
    rig.give_back(packets);
  }
  CHECK(number == 1000);
}

TEST_CASE("a generator's flows hash differently, come in turn and keep their checksums right") {
  const auto layer = GENERATE(as<std::string>{}, "udp.dst", "tcp.dst", "ip6.hlim");
  PortRig rig("generator", {{"flows", std::int64_t{200}},
                            {"count", std::int64_t{400}},
                            {"size", std::int64_t{90}},
                            {"template", fields({{layer, std::int64_t{53}}})}});
  rig.must_open();
  std::set<std::uint32_t> hashes;
  std::vector<std::uint32_t> order;
  while (!rig.port->exhausted(0)) {
    const auto packets = rig.receive();
    for (Packet* packet : packets) {
      REQUIRE(checksums_right(*packet));
      order.push_back(flow_hash(*packet));
      hashes.insert(order.back());
    }
    rig.give_back(packets);
  }
  CHECK(hashes.size() > 195);
  CHECK(std::equal(order.begin(), order.begin() + 200, order.begin() + 200));
}

TEST_CASE("a template of fields makes the headers that it speaks of") {
  PortRig rig("generator", {{"count", std::int64_t{1}},
                            {"size", std::int64_t{100}},
                            {"template", fields({{"eth.dst", std::string("02:00:00:00:00:99")},
                                                 {"vlan.id", std::int64_t{5}},
                                                 {"vlan.pcp", std::int64_t{3}},
                                                 {"ip6.dst", std::string("2001:db8::1")},
                                                 {"tcp.dst", std::int64_t{443}}})}});
  rig.must_open();
  const auto packets = rig.receive();
  REQUIRE(packets.size() == 1);
  const Packet& packet = *packets[0];
  CHECK(show(packet, "eth.dst") == "02:00:00:00:00:99");
  CHECK(show(packet, "vlan.id") == "5");
  CHECK(show(packet, "vlan.pcp") == "3");
  CHECK(show(packet, "ip6.dst") == "2001:db8::1");
  CHECK(show(packet, "ip6.len") == "42");
  CHECK(show(packet, "tcp.dst") == "443");
  CHECK(show(packet, "ip.ttl") == "none");
  CHECK(checksums_right(packet));
  rig.give_back(packets);
}

TEST_CASE("a template with an EtherType only is an Ethernet frame") {
  PortRig rig("generator",
              {{"count", std::int64_t{1}}, {"template", fields({{"eth.type", std::int64_t{0x88b5}}})}});
  rig.must_open();
  const auto packets = rig.receive();
  REQUIRE(packets.size() == 1);
  CHECK(show(*packets[0], "eth.type") == "0x88b5");
  CHECK(show(*packets[0], "ip.src") == "none");
  rig.give_back(packets);
}

TEST_CASE("a template in hex is sent as it is, but for the flow's address") {
  // A UDP packet with right checksums, from the generator itself.
  std::vector<std::uint8_t> frame;
  {
    PortRig source("generator", {{"count", std::int64_t{1}}});
    source.must_open();
    const auto packets = source.receive();
    frame.assign(packets[0]->data(), packets[0]->data() + packets[0]->length());
    source.give_back(packets);
  }
  std::string hex;
  for (const std::uint8_t byte : frame) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789ABCDEF"[byte & 15];
    hex += hex.size() % 3 == 0 ? "\n" : " ";
  }
  PortRig rig("generator", {{"count", std::int64_t{4}}, {"flows", std::int64_t{2}}, {"template", hex}});
  rig.must_open();
  const auto packets = rig.receive();
  REQUIRE(packets.size() == 4);
  CHECK(std::vector<std::uint8_t>(packets[0]->data(), packets[0]->data() + packets[0]->length()) == frame);
  CHECK(show(*packets[1], "ip.src") == "198.18.0.2");
  CHECK(checksums_right(*packets[1]));
  CHECK(sequence(*packets[2], 42) == 0);
  rig.give_back(packets);
}

TEST_CASE("every mistake in a template is reported at its place") {
  const auto [template_value, wanted] = GENERATE(table<Value::Data, std::string>({
      {fields({{"ip.dts", std::string("1.2.3.4")}}), "did you mean 'ip.dst'?"},
      {fields({{"ip.dst", std::string("1.2.3.256")}}), "takes an IPv4 address"},
      {fields({{"eth.dst", std::int64_t{3}}}), "takes a MAC address"},
      {fields({{"udp.dst", std::int64_t{65536}}}), "an integer from 0 to 65535"},
      {fields({{"udp.dst", std::string("53")}}), "an integer from 0 to 65535"},
      {fields({{"ip.checksum", std::int64_t{0}}}), "is computed"},
      {fields({{"ip.ttl", std::int64_t{1}}, {"ip6.hlim", std::int64_t{1}}}), "both ip and ip6"},
      {fields({{"tcp.dst", std::int64_t{1}}, {"udp.dst", std::int64_t{1}}}), "both tcp and udp"},
      {fields({{"ip6.hlim", std::int64_t{1}}, {"vlan.id", std::int64_t{1}}, {"tcp.dst", std::int64_t{1}}}),
       "too few"},
      {std::string("0102 030"), "no frame in hex"},
      {std::string("01020304"), "no frame in hex"},
      {std::string("zz"), "no frame in hex"},
      {std::int64_t{7}, "takes a table of fields"},
  }));
  PortRig rig("generator", {{"template", template_value}});
  INFO(rig.diagnostics.render());
  CHECK_FALSE(rig.diagnostics.ok());
  CHECK(rig.diagnostics.render().find(wanted) != std::string::npos);
}

TEST_CASE("a paced generator makes exactly rate times time packets on the simulated clock") {
  PortRig rig("generator", {{"rate", std::string("10kpps")}});
  CHECK_FALSE(rig.port->properties().can_wait);
  rig.must_open();
  std::uint64_t count = 0;
  constexpr Nanoseconds kEnd = 2'000'000'000;
  while (rig.port->next_due(0) < kEnd) {
    rig.clock.advance_to(rig.port->next_due(0));
    const auto packets = rig.receive(256);
    REQUIRE(packets.size() == 1);
    REQUIRE(packets[0]->timestamp == static_cast<Nanoseconds>(count) * 100'000);
    count += packets.size();
    rig.give_back(packets);
  }
  CHECK(count == 20'000);
  CHECK(rig.counter("late") == 0);
}

TEST_CASE("K7: a paced generator whose process stood still for a minute sends no storm") {
  PortRig rig("generator", {{"rate", std::string("1000pps")}});
  rig.must_open();
  rig.give_back(rig.receive(256));
  rig.clock.advance_to(60'000'000'000);
  CHECK(rig.drain(256) <= 100);
  CHECK(rig.counter("late") == 1);
}

TEST_CASE("an unpaced generator waits, and so does null") {
  CHECK(PortRig("generator").port->properties().can_wait);
  CHECK(PortRig("null", {{"node", std::int64_t{1}}}).port->properties().can_wait);
  CHECK(PortRig("null", {{"node", std::int64_t{1}}}).port->properties().node == 1);
}

TEST_CASE("a generator that has made its packets is late no more") {
  PortRig rig("generator", {{"count", std::int64_t{2}}, {"rate", std::string("10pps")}});
  rig.must_open();
  for (int i = 0; i < 50; ++i) {
    rig.give_back(rig.receive());
    rig.clock.advance_to(rig.clock.now() + 50'000'000);
  }
  CHECK(rig.port->exhausted(0));
  CHECK(rig.counter("late") == 0);
}

TEST_CASE("a rate at which nothing ever comes is refused") {
  for (const char* rate : {"0pps", "0bit/s", "0.0kpps"}) {
    PortRig rig("generator", {{"rate", std::string(rate)}});
    CHECK(rig.diagnostics.render().find("'rate' takes") != std::string::npos);
  }
}
