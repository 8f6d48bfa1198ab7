#include "core/net/filter/foreign_filter.hpp"

#include <catch2/catch.hpp>

#include "core/net/packet_filter.hpp"

namespace ixyflow::test {
namespace {

/// The filter that is offered; it must be one.
std::string offered(const std::string& wireshark) {
  constexpr std::string_view kBefore = "as tcpdump writes it: ";
  const std::string hint = foreign_filter_hint(wireshark);
  const std::size_t at = hint.find(kBefore);
  if (at == std::string::npos) return "";
  const std::string filter = hint.substr(at + kBefore.size());
  CAPTURE(wireshark, filter);
  CHECK(PacketFilter::compile(filter));
  return filter;
}

}  // namespace

TEST_CASE("filters of Wireshark are offered as tcpdump writes them") {
  CHECK(offered("tcp.port == 443") == "tcp port 443");
  CHECK(offered("ip.src==192.0.2.1") == "src host 192.0.2.1");
  CHECK(offered("ip.addr == 10.0.0.0/8 && (tcp.port == 443 || dns)") ==
        "net 10.0.0.0/8 and (tcp port 443 or port 53)");
  CHECK(offered("ip.dst != 192.0.2.1 and !(udp.dstport eq 53)") ==
        "not dst host 192.0.2.1 and not (udp dst port 53)");
  CHECK(offered("eth.addr == 02:00:00:00:00:01") == "ether host 02:00:00:00:00:01");
  CHECK(offered("vlan.id == 5 && tcp") == "vlan 5 and tcp");
  CHECK(offered("frame.len > 100 or tcp.flags.syn == 1") == "len > 100 or tcp[tcpflags] & tcp-syn != 0");
  CHECK(offered("http") == "tcp port 80");
  CHECK(offered("icmpv6 or ipv6.src == 2001:db8::1") == "icmp6 or ip6 src host 2001:db8::1");
}

TEST_CASE("what tcpdump cannot say is named as Wireshark's, and what is not Wireshark's is left alone") {
  CHECK_THAT(foreign_filter_hint("http.request.method == GET"),
             Catch::StartsWith("that is Wireshark's language, and"));
  CHECK_THAT(foreign_filter_hint("tcp.port in {80 443}"), Catch::Contains("Wireshark's"));
  for (const char* other : {"", "tcp port 443", "host www.example.com", "ip.", "tcp.1", "tcp prot 443"}) {
    CAPTURE(other);
    CHECK(foreign_filter_hint(other) == "");
  }
}

TEST_CASE("a filter of Wireshark is refused as one") {
  const auto filter = PacketFilter::compile("tcp.port == 443");
  REQUIRE_FALSE(filter);
  CHECK(filter.error().text == "that is Wireshark's language; as tcpdump writes it: tcp port 443");
}

}  // namespace ixyflow::test
