#include "seal/random.hpp"

#include <algorithm>

#include <openssl/rand.h>

#include "seal/openssl.hpp"
#include "types/wipe.hpp"

namespace morgiana::seal {

void fill_random(MutableBytes out) {
  constexpr unsigned kStrength = 256;
  require(RAND_bytes_ex(openssl().library.get(), out.data(), out.size(), kStrength),
          "drawing random bytes");
}

Random::~Random() {
  wipe(drawn_.data(), drawn_.size());
}

void Random::fill(MutableBytes out) {
  if (out.size() > drawn_.size()) return fill_random(out);
  if (out.size() > num_left_) {
    num_left_ = 0;  // nothing old is given where the draw fails
    fill_random(drawn_);
    num_left_ = drawn_.size();
  }
  const MutableBytes given = MutableBytes(drawn_).last(num_left_).first(out.size());
  std::copy(given.begin(), given.end(), out.begin());
  wipe(given.data(), given.size());
  num_left_ -= out.size();
}

}  // namespace morgiana::seal
