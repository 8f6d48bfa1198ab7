#include "tools/ixyflow/test/frame_text.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "tools/ixyflow/views/packet_change.hpp"

namespace ixyflow::tools {
namespace {

TEST_CASE("a frame is written in hexadecimal with comments and repetitions") {
  CHECK(parse_frame("").value().empty());
  CHECK(parse_frame("0a0B").value() == Bytes{0x0a, 0x0b});
  CHECK(parse_frame("01 # one\n 02*3 # more\r\n").value() == Bytes{1, 2, 2, 2});
  CHECK(parse_frame("0102*2").value() == Bytes{1, 2, 1, 2});
  CHECK(parse_frame("00*65535").value().size() == 65'535);
}

TEST_CASE("what is no frame is refused with the word that is wrong") {
  for (const char* text : {"0", "zz", "00*", "00*x", "*3", "0x00", "00*65536", "00*4294967296", "00*-1"}) {
    INFO(text);
    CHECK_FALSE(parse_frame(text).has_value());
  }
  CHECK(parse_frame("00 abc").error().text == "'abc' has an odd number of digits");
}

TEST_CASE("a change is told by the names of fields, and by bytes where there is no name") {
  const Bytes before =
      parse_frame(
          "020000000002 020000000001 0800 4500001e00000000 4011 66cd 0a000001 0a000002 00350036000a0000 6162")
          .value();
  Bytes after = before;
  CHECK(describe_change(before, after).empty());
  CHECK(compare_packets(before, after).empty());
  after[22] = 0x3f;
  after[43] = 0xff;
  CHECK(describe_change(before, after) == "ip.ttl 64 -> 63, byte 43 62 -> ff");
  CHECK(describe_change(Bytes{1, 2}, Bytes{1, 2, 3}) == "length 2 -> 3");
}

}  // namespace
}  // namespace ixyflow::tools
