#include "seal/transcript.hpp"

#include <gtest/gtest.h>

#include "seal/sample.hpp"

namespace morgiana::seal {
namespace {

TEST(Transcript, WritesIntegersLittleEndianAndLengthsBeforeBytes) {
  Transcript transcript("ab");
  transcript.add(std::uint64_t{0x0102030405060708}).add(std::string_view("c"));
  transcript.add(ByteView(test::from_hex("ff00")));
  EXPECT_EQ(std::move(transcript).take(), test::from_hex("02000000000000006162"
                                                         "0807060504030201"
                                                         "010000000000000063"
                                                         "0200000000000000ff00"));
}

TEST(Transcript, TellsApartFieldsThatAreSplitElsewhere) {
  Transcript one("d");
  one.add(std::string_view("ab")).add(std::string_view("c"));
  Transcript other("d");
  other.add(std::string_view("a")).add(std::string_view("bc"));
  EXPECT_NE(std::move(one).take(), std::move(other).take());
}

TEST(Transcript, TellsApartAnEmptyFieldFromNone) {
  Transcript none("d");
  Transcript empty("d");
  empty.add(std::string_view());
  EXPECT_NE(std::move(none).take(), std::move(empty).take());
}

}  // namespace
}  // namespace morgiana::seal
