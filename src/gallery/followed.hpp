#pragma once

#include <cstdint>
#include <map>

#include "seal/mac.hpp"

namespace morgiana {

/// What who follows another process keeps of it: a removal leaves nothing in the records that says
/// what it took out of their sum.
struct Followed {
  std::map<std::uint64_t, seal::Digest> entries;  // of every living subject, by its key
  bool is_behind = false;  // a commit was seen that could not be followed yet
};

}  // namespace morgiana
