// An element that makes packets of its own: what elements/README.md shows of copies and headers, at work.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>

#include "core/element/packet_element.hpp"
#include "core/net/write.hpp"
#include "core/packet/layers.hpp"
#include "tests/support/element_harness.hpp"

namespace ixyflow::elements {

/// Lets packets pass, and tells who sent an IPv4 packet that it should not have (RFC 1812, 5.2.7.1).
class Rebuke final : public PacketElement<Rebuke> {
  enum : PortIndex { kOut, kReply };

 public:
  static void describe(Spec<Rebuke>& spec) {
    spec.doc("Answers each IPv4 packet with \"administratively prohibited\".")
        .output(kOut, "out")
        .output(kReply, "reply")
        .creates();
    spec.param("src", &Rebuke::address_, "source address of the answers").required("\"192.0.2.254\"");
  }

  PortIndex handle(Packet& packet, Outputs& outputs) noexcept {
    if (const Ipv4Header* ip = ipv4(packet)) answer(packet, *ip, outputs);
    return kOut;
  }

 private:
  static constexpr std::uint32_t kHeaders = sizeof(EtherHeader) + sizeof(Ipv4Header) + sizeof(IcmpHeader);
  static constexpr std::uint32_t kQuoted = sizeof(Ipv4Header) + 8;  ///< RFC 792
  static constexpr std::uint8_t kProhibited = 13;

  void answer(const Packet& packet, const Ipv4Header& ip, Outputs& outputs) noexcept {
    Packet* const reply = outputs.create_like(packet);
    if (reply == nullptr) return;  // counted as no_buffer
    const auto quoted = bytes_of(packet).subspan(packet.l3_offset);
    const std::uint32_t size = kHeaders + std::min(kQuoted, static_cast<std::uint32_t>(quoted.size()));
    reply->set_length(size);
    const auto frame = bytes_of(*reply);
    std::copy_n(quoted.begin(), size - kHeaders, frame.begin() + kHeaders);
    const auto* ether = header_at<EtherHeader>(bytes_of(packet), 0);
    put_ethernet(frame, {ether->source, ether->destination, BeEtherType(EtherType::ipv4)});
    put_ipv4(frame.subspan(14), {.source = address_, .destination = ip.source, .protocol = IpProtocol::icmp});
    put_icmp(frame.subspan(34), IcmpType::unreachable, kProhibited, 0);
    outputs.push(kReply, reply);
  }

  Ipv4Address address_;
};

IXYFLOW_ELEMENT(Rebuke);

}  // namespace ixyflow::elements

namespace ixyflow::test {

TEST_CASE("an element answers with a packet that it makes, which knows where the question came from") {
  ElementHarness harness("Rebuke", "src = \"192.0.2.254\"");
  Input question(udp_frame());
  question.input_port = 3;
  question.timestamp = 77;
  const auto sent = harness.send_batch(std::span(&question, 1));
  REQUIRE(only(sent, "reply").size() == 1);
  const Sent reply = only(sent, "reply").front();
  CHECK(reply.input_port == 3);
  CHECK(reply.timestamp == 77);
  CHECK(ipv4_checksum_right(reply.bytes));
  CHECK(plain_checksum(std::span(reply.bytes).subspan(34)) == 0);
  CHECK(reply.bytes.size() == 14 + 20 + 8 + 28);
  CHECK(Bytes(std::span(reply.bytes).subspan(42)) == Bytes(std::span(question.bytes).subspan(14, 28)));
  CHECK(only(sent, "out").front().bytes == udp_frame());
  CHECK(harness.created() == 1);
  CHECK(harness.send_batch({arp_frame()}).size() == 1);
}

TEST_CASE("H6: without a buffer there is no answer, and it is counted") {
  ElementHarness harness("Rebuke", "src = \"192.0.2.254\"", HarnessOptions{.buffers = 8});
  harness.leave_buffers(3);
  const auto sent = harness.send_batch(std::vector<Bytes>(2, udp_frame()));
  CHECK(only(sent, "out").size() == 2);
  CHECK(only(sent, "reply").size() == 1);
  CHECK(harness.no_buffer() == 1);
}

}  // namespace ixyflow::test
