#include "core/base/foreign_units.hpp"

#include <catch2/catch.hpp>

#include "core/base/units.hpp"
#include "core/base/values/parameter_types.hpp"
#include "core/base/values/value_hint.hpp"

namespace ixyflow::test {
namespace {

template <class T>
std::string hint(Value::Data data) {
  ParameterSpec spec;
  spec.name = "x";
  spec.type = ParameterType<T>::kName;
  spec.shape = ParameterType<T>::kShape;
  return value_hint(Value(std::move(data)), spec);
}

}  // namespace

TEST_CASE("rates as others write them are understood as what they mean") {
  for (const auto& [theirs, ours] :
       std::initializer_list<std::pair<const char*, const char*>>{{"10Gbps", "10Gbit/s"},
                                                                  {"10 Gbps", "10Gbit/s"},
                                                                  {"10Gb/s", "10Gbit/s"},
                                                                  {"10GBIT", "10Gbit/s"},
                                                                  {"1.5 Mbits/s", "1.5Mbit/s"},
                                                                  {"10GB/s", "80Gbit/s"},
                                                                  {"100 MBps", "800Mbit/s"},
                                                                  {"1 kpps", "1kpps"},
                                                                  {"1KPPS", "1kpps"},
                                                                  {"10 packets/s", "10pps"},
                                                                  {"1,000 pkt/s", "1000pps"},
                                                                  {"1000", "1000pps or 1000bit/s"},
                                                                  {"5M", "5Mpps or 5Mbit/s"},
                                                                  {"10 Gibit/s", "10Gbit/s"},
                                                                  {"fast", ""},
                                                                  {"", ""},
                                                                  {"-5pps", ""},
                                                                  {"10Gbanana", ""}}) {
    CAPTURE(theirs);
    CHECK(meant_rate(theirs) == ours);
  }
}

TEST_CASE("durations, sizes, integers and probabilities as others write them") {
  CHECK(meant_duration("300") == "300s");
  CHECK(meant_duration("5 minutes") == "5min");
  CHECK(meant_duration("5m") == "5min");
  CHECK(meant_duration("2 msec") == "2ms");
  CHECK(meant_duration("10\xc2\xb5s") == "10us");
  CHECK(meant_duration("1 day") == "24h");
  CHECK(meant_duration("2 fortnights") == "");
  CHECK(meant_size("64KB") == "64KiB");
  CHECK(meant_size("64 k") == "64KiB");
  CHECK(meant_size("2 MB") == "2MiB");
  CHECK(meant_size("512 bytes") == "512");
  CHECK(meant_size("some") == "");
  CHECK(meant_integer("1,500") == "1500");
  CHECK(meant_integer("2KB") == "2000");
  CHECK(meant_integer("2KiB") == "2048");
  CHECK(meant_integer("64 bytes") == "64");
  CHECK(meant_integer("0.5") == "");
  CHECK(meant_integer("x") == "");
  CHECK(meant_probability("10%") == "0.1");
  CHECK(meant_probability("0.5") == "0.5");
  CHECK(meant_probability("200%") == "");
}

TEST_CASE("what is meant is always something that is taken") {
  for (const char* text : {"1e9", "99999999999999999999", "1..5", "1.5.2s", "0x10", "1_000", "1'000", "٣s"}) {
    CAPTURE(text);
    CHECK((meant_duration(text).empty() || parse_duration(meant_duration(text))));
    CHECK((meant_size(text).empty() || parse_byte_size(meant_size(text))));
  }
}

TEST_CASE("a value of the wrong kind is shown as it should be written") {
  CHECK(hint<Rate>("10Gbps") == "write \"10Gbit/s\"");
  CHECK(hint<Rate>(std::int64_t{1000}) == "write \"1000pps\" or \"1000bit/s\"");
  CHECK(hint<Duration>(std::int64_t{5}) == "write \"5s\"");
  CHECK(hint<Duration>("2ms") == "");  // right but for its limits
  CHECK(hint<ByteSize>("64KB") == "write \"64KiB\"");
  CHECK(hint<Probability>("10%") == "write 0.1");
  CHECK(hint<bool>("yes") == "write true, without quotes");
  CHECK(hint<bool>(std::int64_t{0}) == "write false, without quotes");
  CHECK(hint<int>("64") == "write 64, without quotes");
  CHECK(hint<int>("2KB") == "write 2000, without quotes and units");
  CHECK(hint<int>(std::int64_t{64}) == "");
  CHECK(hint<std::string>(std::int64_t{443}) == "write it in quotes: \"443\"");
  CHECK(hint<std::string>(Value::List{Value(std::string("a"))}) == "write it without brackets: \"a\"");
  CHECK(hint<std::vector<std::string>>("a.so") == "write it in brackets: [\"a.so\"]");
}

}  // namespace ixyflow::test
