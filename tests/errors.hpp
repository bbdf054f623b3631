#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>

#include "morgiana/error.hpp"

namespace morgiana::test {

/// The code of the Error that `run` throws; none where it returns.
template <class Run>
std::optional<Errc> thrown(Run&& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

/// The message of the Error that `run` throws; empty where it returns.
template <class Run>
std::string thrown_message(Run&& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace morgiana::test

namespace morgiana {

/// What a failed comparison prints.
inline void PrintTo(Errc code, std::ostream* out) {
  *out << name(code);
}

}  // namespace morgiana

/// The statement throws a morgiana::Error with this code.
#define EXPECT_ERRC(statement, expected)                                               \
  try {                                                                                \
    statement;                                                                         \
    ADD_FAILURE() << #statement << " threw nothing, expected " << #expected;           \
  } catch (const morgiana::Error& error) {                                             \
    EXPECT_EQ(morgiana::name(error.code()), morgiana::name(expected)) << error.what(); \
  }
