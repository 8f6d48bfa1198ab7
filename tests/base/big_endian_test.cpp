#include "core/base/big_endian.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <type_traits>

using namespace ixyflow;

TEST_CASE("a big-endian number stands in memory as on the wire") {
  const Be32 number(0x01020304);
  unsigned char bytes[4];
  std::memcpy(bytes, &number, 4);
  CHECK(bytes[0] == 1);
  CHECK(bytes[3] == 4);
  CHECK(number.value() == 0x01020304);
  CHECK(Be16(0xfffe).value() == 0xfffe);
  CHECK(Be64(0x0102030405060708).value() == 0x0102030405060708);
}

TEST_CASE("an enumeration stands on the wire as its number does") {
  enum class Kind : unsigned short { one = 0x0102 };
  const BigEndian<Kind> kind(Kind::one);
  unsigned char bytes[2];
  static_assert(sizeof kind == sizeof bytes);
  std::memcpy(bytes, &kind, sizeof bytes);
  CHECK(bytes[0] == 1);
  CHECK(bytes[1] == 2);
  CHECK(kind.value() == Kind::one);
}

TEST_CASE("a big-endian number converts only when asked to") {
  CHECK_FALSE(std::is_convertible_v<Be16, unsigned short>);
  CHECK_FALSE(std::is_convertible_v<unsigned short, Be16>);
  CHECK(std::is_trivially_copyable_v<Be16>);
}
