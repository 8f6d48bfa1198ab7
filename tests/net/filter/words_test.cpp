#include "core/net/filter/words.hpp"

#include <pcap/pcap.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>

#include "core/net/packet_filter.hpp"

using namespace ixyflow;

namespace {

std::string refusal(const std::string& expression) {
  const auto compiled = PacketFilter::compile(expression);
  return compiled ? "" : compiled.error().text;
}

}  // namespace

TEST_CASE("names of hosts and networks are refused without looking them up") {
  const auto start = std::chrono::steady_clock::now();
  for (const char* expression :
       {"host www.example.com", "example", "net example", "src example", "port 53 and host example",
        "port http or src www", "dst host \\www.example.com", "gateway example", "1.2.3.4.5",
        "ether host example", "host dead:beef", "host 3com", "tcp port 80 or (udp and foo.bar)",
        "portrange 1-2 and src foo", "udp example", "len-14 > 5", "host a-b-c", "ip6 host fe80::1x",
        "host 10.0.0.1-2"}) {
    CAPTURE(expression);
    CHECK_THAT(refusal(expression), Catch::Contains("names of hosts are not looked up"));
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
}

TEST_CASE("literals, keywords and names of services and protocols are no host names") {
  for (const char* expression : {"host 10.0.0.1",
                                 "net 10",
                                 "net 192.168",
                                 "net 10.1.2",
                                 "ether host 02:00:00:00:00:01",
                                 "ether host 2-0-0-0-0-1",
                                 "ether host 0200.0000.0001",
                                 "ether host 020000000001",
                                 "host ::ffff:192.0.2.1",
                                 "net 2001:db8::/32",
                                 "port domain",
                                 "port http or https",
                                 "udp dst port (53 or 123 or ntp)",
                                 "ip proto \\tcp",
                                 "ip proto (6 or 17)",
                                 "tcp[13:2] != 0",
                                 "tcp[0xd: 1] != 0",
                                 "ip[ip[0]:0x2] = 1",
                                 "ip[2:2] - ip[0] > 5",
                                 "icmp[icmptype] = icmp-echo",
                                 "icmp6[icmp6type] = icmp6-echo",
                                 "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
                                 "ether proto \\arp",
                                 "not (host 1.2.3.4 or port 80)",
                                 "len > 100",
                                 "ip && udp || !tcp",
                                 "isis or stp or ipx"}) {
    CAPTURE(expression);
    CHECK(refusal(expression) == "");
  }
}

TEST_CASE("what few people write is taken as tcpdump takes it") {
  for (const char* expression :
       {"llc", "llc ui", "llc i or llc rnr", "ip[8] = 0X40", "tcp[tcpflags:1] & 2 != 0",
        "udp[len:2] = 3 or ip[(2):2]=5", "host 1.2.3.4 or (port http) or (udp and src port domain or 53)",
        "port (80 or http) or https", "ip proto \\tcp or \\udp", "ether host 1:2:3:4:5:6", "ip6 host ::1"}) {
    CAPTURE(expression);
    CHECK(refusal(expression) == "");
  }
}

TEST_CASE("a name inherits the type in front of its parenthesis, not of what is in an earlier one") {
  CHECK(first_host_name("host 1.2.3.4 or (port 80) or www") == "www");
  CHECK(first_host_name("port 80 or (host 1.2.3.4) or http") == "");
}

TEST_CASE("words of other link layers are left to libpcap, which knows why it refuses them") {
  for (const char* expression :
       {"type mgt", "subtype beacon", "dir tods", "wlan addr1 00:00:00:00:00:01", "ra 1", "lane", "vpi 3",
        "on en0", "rset foo", "reason match", "action pass", "fisu", "opc 3", "radio[0] = 1", "llc foo"}) {
    CAPTURE(expression);
    CHECK(first_host_name(expression) == "");
    CHECK_FALSE(refusal(expression).empty());
  }
}

TEST_CASE("every word that libpcap knows is taken where libpcap takes it, and refused where it refuses it") {
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> pcap(pcap_open_dead(DLT_EN10MB, 65'535), pcap_close);
  const auto libpcap_takes = [&](const std::string& expression) {
    bpf_program program{};
    if (pcap_compile(pcap.get(), &program, expression.c_str(), 1, 0) != 0) return false;
    pcap_freecode(&program);
    return true;
  };
  int taken = 0;
  each_filter_word([&](std::string_view word) {
    CHECK(is_filter_keyword(word));
    if (word == "inbound" || word == "outbound" || word == "ifindex") return;
    for (const char* behind : {"", " 1", " 10.0.0.1", " host 10.0.0.1", " src port 80", "[0] = 1", " proto 6",
                               " \\tcp", " multicast", " ui", " and udp", " = 1"}) {
      const std::string expression = std::string(word) + behind;
      if (!first_host_name(expression).empty()) continue;
      CAPTURE(expression);
      const bool takes = libpcap_takes(expression);
      taken += takes ? 1 : 0;
      CHECK(refusal(expression).empty() == takes);
    }
  });
  CHECK(taken > 150);
}
