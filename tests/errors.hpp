#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "morgiana/error.hpp"

namespace morgiana::test {

/// The code of what a call throws, or none.
template <class Call>
std::optional<Errc> thrown(Call call) {
  try {
    call();
    return std::nullopt;
  } catch (const Error& error) {
    return error.code();
  }
}

}  // namespace morgiana::test

/// The statement throws a morgiana::Error with this code.
#define EXPECT_ERRC(statement, expected)                                               \
  try {                                                                                \
    statement;                                                                         \
    ADD_FAILURE() << #statement << " threw nothing, expected " << #expected;           \
  } catch (const morgiana::Error& error) {                                             \
    EXPECT_EQ(morgiana::name(error.code()), morgiana::name(expected)) << error.what(); \
  }
