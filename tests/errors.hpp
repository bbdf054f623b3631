#pragma once

#include <gtest/gtest.h>

#include "morgiana/error.hpp"

/// The statement throws a morgiana::Error with this code.
#define EXPECT_ERRC(statement, expected)                                               \
  try {                                                                                \
    statement;                                                                         \
    ADD_FAILURE() << #statement << " threw nothing, expected " << #expected;           \
  } catch (const morgiana::Error& error) {                                             \
    EXPECT_EQ(morgiana::name(error.code()), morgiana::name(expected)) << error.what(); \
  }
