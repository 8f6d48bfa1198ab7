#include "core/net/addresses.hpp"

#include <arpa/inet.h>

#include <catch2/catch.hpp>
#include <random>
#include <string>

using namespace ixyflow;

TEST_CASE("MAC addresses are six pairs of hexadecimal digits with colons") {
  CHECK(parse_ether_address("02:00:00:00:00:01")->bytes == std::array<std::uint8_t, 6>{2, 0, 0, 0, 0, 1});
  CHECK(parse_ether_address("Ff:fF:FF:ff:ff:ff")->is_group());
  CHECK(show(*parse_ether_address("0A:0b:0C:0d:0E:0f")) == "0a:0b:0c:0d:0e:0f");
}

TEST_CASE("A14: bad MAC addresses are refused") {
  for (const char* text : {"", "02:00:00:00:00", "02:00:00:00:00:01:02", "2:0:0:0:0:1", "02-00-00-00-00-01",
                           "020000000001", "02:00:00:00:00:0g", "02:00:00:00:00:01 ", " 02:00:00:00:00:01",
                           "02:00:00:00:00:-1", "02:00:00:00:00:+1", "02:00:00:00:0x:01", "0200:0000:0001"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ether_address(text));
  }
}

TEST_CASE("IPv4 addresses are four decimal numbers") {
  CHECK(parse_ipv4_address("192.0.2.1")->bytes == std::array<std::uint8_t, 4>{192, 0, 2, 1});
  CHECK(show(*parse_ipv4_address("255.255.255.255")) == "255.255.255.255");
  CHECK(show(*parse_ipv4_address("0.0.0.0")) == "0.0.0.0");
}

TEST_CASE("A14: bad IPv4 addresses are refused") {
  for (const char* text : {"", "1.2.3.256", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "01.2.3.4",
                           "1.2.3.04", "0x1.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.-4", "+1.2.3.4",
                           "1.2.3.4/32", "1.2.3.4294967297", "localhost", "::1", "1,2,3,4"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ipv4_address(text));
  }
  CHECK_FALSE(parse_ipv4_address(std::string_view("1.2.3.4\0", 8)));
}

TEST_CASE("IPv6 addresses are shown as RFC 5952 recommends") {
  const auto again = [](const char* text) { return show(parse_ipv6_address(text).value()); };
  // 4.1: "Leading zeros MUST be suppressed."
  CHECK(again("2001:0db8:0000:0001:0000:0001:0000:0001") == "2001:db8:0:1:0:1:0:1");
  // 4.2.1: "The use of the symbol "::" MUST be used to its maximum capability."
  CHECK(again("2001:db8:0:0:0:0:2:1") == "2001:db8::2:1");
  // 4.2.2: "The symbol "::" MUST NOT be used to shorten just one 16-bit 0 field."
  CHECK(again("2001:db8:0:1:1:1:1:1") == "2001:db8:0:1:1:1:1:1");
  // 4.2.3: the longest run is shortened, of equal runs the first.
  CHECK(again("2001:0:0:1:0:0:0:1") == "2001:0:0:1::1");
  CHECK(again("2001:db8:0:0:1:0:0:1") == "2001:db8::1:0:0:1");
  // 4.3: lower case.
  CHECK(again("2001:DB8::ABCD") == "2001:db8::abcd");
  // 5: IPv4-mapped addresses show the IPv4 address.
  CHECK(again("::ffff:c000:201") == "::ffff:192.0.2.1");
  CHECK(again("::ffff:0:0") == "::ffff:0.0.0.0");
  CHECK(again("::") == "::");
  CHECK(again("::1") == "::1");
  CHECK(again("::1:2") == "::1:2");
  CHECK(again("1::") == "1::");
  CHECK(again("1:2:3:4:5:6:0:0") == "1:2:3:4:5:6::");
  CHECK(again("0:1:2:3:4:5:6:7") == "0:1:2:3:4:5:6:7");
}

TEST_CASE("what is shown of an IPv6 address is read back as the same") {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    Ipv6Address address;
    for (std::size_t word = 0; word < 8; ++word)
      if (random() % 2 != 0) {
        address.bytes[2 * word] = static_cast<std::uint8_t>(random() % 3 == 0 ? random() : 0);
        address.bytes[2 * word + 1] = static_cast<std::uint8_t>(random());
      }
    const std::string text = show(address);
    CAPTURE(text);
    REQUIRE(parse_ipv6_address(text) == address);
    REQUIRE(text.find(":::") == std::string::npos);
  }
}

TEST_CASE("A14: bad IPv6 addresses are refused") {
  for (const char* text : {"", "::1%x", "fe80::1%eth0", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9", "::1/128", "[::1]", "::g", " ::1", "::1 ", "1.2.3.4"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ipv6_address(text));
  }
  CHECK_FALSE(parse_ipv6_address(std::string_view("::1\0x", 5)));
  CHECK_FALSE(parse_ipv6_address(std::string(1'000'000, ':')));
}

TEST_CASE("prefixes are an address and a length, with nothing behind the prefix") {
  CHECK(show(*parse_ipv4_prefix("192.0.2.0/24")) == "192.0.2.0/24");
  CHECK(show(*parse_ipv4_prefix("0.0.0.0/0")) == "0.0.0.0/0");
  CHECK(show(*parse_ipv4_prefix("10.0.0.1/32")) == "10.0.0.1/32");
  CHECK(show(*parse_ipv4_prefix("10.128.0.0/9")) == "10.128.0.0/9");
  CHECK(show(*parse_ipv6_prefix("2001:db8::/32")) == "2001:db8::/32");
  CHECK(show(*parse_ipv6_prefix("::/0")) == "::/0");
  CHECK(show(*parse_ipv4_prefix("10.0.0.0")) == "10.0.0.0/32");
  CHECK(show(*parse_ipv6_prefix("::")) == "::/128");
  CHECK(show(*parse_ipv6_prefix("::1/128")) == "::1/128");
}

TEST_CASE("A14: prefixes with a bad length or with host bits are refused") {
  for (const char* text : {"10.0.0.1/33", "10.0.0.1/24", "10.64.0.0/9", "10.0.0", "10.0.0.0/", "10.0.0.0/-1",
                           "/8", "10.0.0.0/08", "10.0.0.0/8 ", "10.0.0.0/+8", "10.0.0.0/255.0.0.0",
                           "10.0.0.0/4294967304", "10.0.0.0/8/8", "0.0.0.1/0"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ipv4_prefix(text));
  }
  for (const char* text : {"2001:db8::1/32", "::/129", "::1/127", "::/", "2001:db8::%x/32"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ipv6_prefix(text));
  }
}

TEST_CASE("A14: an address parameter says what it takes") {
  ParameterSpec spec;
  spec.name = "dst";
  spec.type = ParameterType<Ipv4Address>::kName;
  spec.shape = ParameterShape::string;
  spec.example = "\"192.0.2.1\"";
  Diagnostics diagnostics;
  CHECK_FALSE(ParameterType<Ipv4Address>::parse(Value(Value::Data("1.2.3.256")), spec, diagnostics));
  CHECK(diagnostics.sorted()[0].text ==
        "'dst' takes an IPv4 address such as \"192.0.2.1\", not \"1.2.3.256\"");
  CHECK(ParameterType<Ipv4Address>::parse(Value(Value::Data("1.2.3.4")), spec, diagnostics) ==
        parse_ipv4_address("1.2.3.4"));
  CHECK(ParameterType<Ipv4Address>::show(*parse_ipv4_address("1.2.3.4")) == "\"1.2.3.4\"");
}
