#include "core/base/dice.hpp"

#include <catch2/catch.hpp>

using namespace ixyflow;

TEST_CASE("Dice throws the numbers that are published for SplitMix64") {
  // Of the C program by S. Vigna, https://prng.di.unimi.it/splitmix64.c
  Dice zero(0);
  for (const std::uint64_t expected :
       {0xe220a8397b1dcdafU, 0x6e789e6aa1b965f4U, 0x06c45d188009454fU, 0xf88bb8a8724c81ecU})
    CHECK(zero.next() == expected);
  Dice other(1234567);
  for (const std::uint64_t expected : {6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                       4593380528125082431U, 16408922859458223821U})
    CHECK(other.next() == expected);
}

TEST_CASE("Dice with the same seed throw the same, with neighbouring seeds something else") {
  Dice first(7);
  Dice again(7);
  Dice neighbour(8);
  int equal = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t number = first.next();
    CHECK(number == again.next());
    equal += number == neighbour.next();
  }
  CHECK(equal == 0);
}
