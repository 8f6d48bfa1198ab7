#include "core/base/units.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

using namespace ixyflow;

namespace {
constexpr const char* kNeverNumbers[] = {"",    " ",    "s",      "1",    "-1s",   "+1s", "1 s",   " 1s",
                                         "1s ", "1e3s", "infs",   "nans", ".5s",   "1.s", "1,5s",  "0x1s",
                                         "1S",  "1sec", "1.2.3s", "1.5",  "1pps1", "1KB", "1kbit", "\n1s"};
}

TEST_CASE("durations are a number and a unit") {
  CHECK(parse_duration("0s")->ns == 0);
  CHECK(parse_duration("7ns")->ns == 7);
  CHECK(parse_duration("250us")->ns == 250'000);
  CHECK(parse_duration("2ms")->ns == 2'000'000);
  CHECK(parse_duration("10s")->ns == 10'000'000'000);
  CHECK(parse_duration("1.5s")->ns == 1'500'000'000);
  CHECK(parse_duration("3min")->ns == 180'000'000'000);
  CHECK(parse_duration("1h")->ns == 3'600'000'000'000);
  CHECK(parse_duration("0.000000001s")->ns == 1);
}

TEST_CASE("durations that are no whole nanoseconds or do not fit are refused") {
  CHECK_FALSE(parse_duration("0.5ns"));
  CHECK_FALSE(parse_duration("0.0000000001s"));
  CHECK(parse_duration("9223372036854775807ns"));
  CHECK_FALSE(parse_duration("9223372036854775808ns"));
  CHECK_FALSE(parse_duration("18446744073709551616ns"));
  CHECK_FALSE(parse_duration("99999999999999999999999999h"));
  CHECK_FALSE(parse_duration("5124095576030h"));
  CHECK_FALSE(parse_duration("0.33333333333333333333333333h"));
}

TEST_CASE("rates count packets or bits") {
  CHECK(parse_rate("10pps") == Rate{10, Rate::Unit::packets});
  CHECK(parse_rate("1.5Mpps") == Rate{1.5e6, Rate::Unit::packets});
  CHECK(parse_rate("10Mpps") == Rate{1e7, Rate::Unit::packets});
  CHECK(parse_rate("1Gbit/s") == Rate{1e9, Rate::Unit::bits});
  CHECK(parse_rate("400kbit/s") == Rate{4e5, Rate::Unit::bits});
  CHECK(parse_rate("1.1Mpps")->per_second == 1'100'000);  // rounded once
  CHECK(parse_rate("0pps")->per_second == 0);
}

TEST_CASE("rates without a known unit, or beyond all wires, are refused") {
  for (const char* text :
       {"1Gbps", "1Mbits", "1mpps", "1Kpps", "1 Mpps", "pps", "Mpps", "2000Tpps", "10ppps"})
    CHECK_FALSE(parse_rate(text));
  CHECK_FALSE(parse_rate(std::string(400, '9') + "pps"));
}

TEST_CASE("sizes are bytes or binary multiples") {
  CHECK(parse_byte_size("1500")->bytes == 1500);
  CHECK(parse_byte_size("64KiB")->bytes == 65536);
  CHECK(parse_byte_size("2MiB")->bytes == 2 << 20);
  CHECK(parse_byte_size("1GiB")->bytes == 1 << 30);
  CHECK(parse_byte_size("1.5KiB")->bytes == 1536);
  for (const char* text :
       {"64KB", "64kib", "1.5", "0.3KiB", "-1", "18446744073709551616", "16777216TiB", "64 KiB"})
    CHECK_FALSE(parse_byte_size(text));
}

TEST_CASE("what is no quantity is refused by all three") {
  for (const char* text : kNeverNumbers) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
    CHECK_FALSE(parse_rate(text));
    if (std::string_view(text) != "1") CHECK_FALSE(parse_byte_size(text));
  }
}

TEST_CASE("quantities are shown with their largest exact unit") {
  CHECK(show(Duration{0}) == "0s");
  CHECK(show(Duration{1'500'000'000}) == "1500ms");
  CHECK(show(Duration{10'000'000'000}) == "10s");
  CHECK(show(Rate{1.5e6, Rate::Unit::packets}) == "1.5Mpps");
  CHECK(show(Rate{1e10, Rate::Unit::bits}) == "10Gbit/s");
  CHECK(show(Rate{0, Rate::Unit::packets}) == "0pps");
  CHECK(show(ByteSize{65536}) == "64KiB");
  CHECK(show(ByteSize{1500}) == "1500");
  CHECK(show(ByteSize{0}) == "0");
}

TEST_CASE("what is shown is read back as the same") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const int bits = i % 64;
    const std::uint64_t number = random() >> bits;
    const Duration duration{static_cast<Nanoseconds>(number >> 1)};
    REQUIRE(parse_duration(show(duration)) == duration);
    const ByteSize size{number};
    REQUIRE(parse_byte_size(show(size)) == size);
    const Rate rate{std::ldexp(static_cast<double>(number), -bits / 2) / 1e5,
                    i % 2 == 0 ? Rate::Unit::packets : Rate::Unit::bits};
    if (rate.per_second > 1e15) continue;
    CAPTURE(rate.per_second, show(rate));
    REQUIRE(parse_rate(show(rate)) == rate);
  }
}
