#pragma once

#include <string>

#include <gtest/gtest.h>

#include "kernels/dispatch.hpp"

namespace morgiana::kernels {

/// Every tier that this machine can run.
class EveryTier : public ::testing::TestWithParam<const KernelTable*> {
 protected:
  const KernelTable& tier() const { return *GetParam(); }
};

inline std::string tier_name(const ::testing::TestParamInfo<const KernelTable*>& info) {
  std::string name = info.param->name;
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
}

}  // namespace morgiana::kernels
