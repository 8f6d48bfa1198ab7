#include "core/net/filter/scanner.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace ixyflow;

namespace {

/// The tokens with their kinds: w(ord), e(scaped), n(umber), a(ddress), s(ymbol).
std::string tokens(std::string_view expression) {
  constexpr std::string_view kLetters = "wenas";
  std::string all;
  FilterScanner scanner(expression);
  for (FilterToken token = scanner.next(); token.kind != FilterTokenKind::end; token = scanner.next())
    all += (all.empty() ? "" : " ") + std::string(1, kLetters[static_cast<std::size_t>(token.kind)]) + ":" +
           std::string(token.text);
  return all;
}

}  // namespace

TEST_CASE("a filter expression is cut as libpcap's scanner cuts it") {
  CHECK(tokens("tcp[13:2]!=0x0F") == "w:tcp s:[ n:13 s:: n:2 s:] s:!= n:0x0F");
  CHECK(tokens("tcp[tcpflags:1]&(tcp-syn|tcp-fin)") ==
        "w:tcp s:[ w:tcpflags s:: n:1 s:] s:& s:( w:tcp-syn s:| w:tcp-fin s:)");
  CHECK(tokens("!udp&&port http||ip proto \\tcp)") ==
        "s:! w:udp s:&& w:port w:http s:|| w:ip w:proto e:\\tcp s:)");
  CHECK(tokens("net 10.1 or 192.0.2.0/24") == "w:net a:10.1 w:or a:192.0.2.0 s:/ n:24");
  CHECK(tokens(" \t\r\n") == "");
  CHECK(tokens("0X40") == "n:0X40");
}

TEST_CASE("addresses of all forms are one token") {
  for (const char* address :
       {"02:00:00:00:00:01", "2:0:0:0:0:1", "2-0-0-0-0-1", "2.0.0.0.0.1", "0200.0000.0001", "020000000001",
        "::", "::1", "fe80::1", "2001:db8::192.0.2.1", "1:2:3:4:5:6:7:8", "10.0", "1.2.3.4", "0x0a.0.0.1"}) {
    CAPTURE(address);
    CHECK(tokens(address) == "a:" + std::string(address));
  }
}

TEST_CASE("the longest token counts, so that a dash or a dot makes a name of two numbers") {
  CHECK(tokens("80-90") == "w:80-90");
  CHECK(tokens("len-14") == "w:len-14");
  CHECK(tokens("1.2.3.4.5") == "w:1.2.3.4.5");
  CHECK(tokens("a_b_ 3com") == "w:a_b s:_ w:3com");
  CHECK(tokens("fe80::1x") == "a:fe80::1 w:x");
  CHECK(tokens("dead:beef") == "w:dead s:: w:beef");
}

TEST_CASE("any bytes are cut without an end in sight") {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string text(3, static_cast<char>(byte));
    FilterScanner scanner(text);
    for (int i = 0; i < 3; ++i) static_cast<void>(scanner.next());
    CHECK(scanner.next().kind == FilterTokenKind::end);
  }
}

TEST_CASE("numbers are read in three bases, and are never too large") {
  CHECK(filter_number("12") == 12);
  CHECK(filter_number("014") == 12);
  CHECK(filter_number("0XC") == 12);
  CHECK(filter_number("0") == 0);
  CHECK(filter_number("99999999999") == 0xffffffff);
}
