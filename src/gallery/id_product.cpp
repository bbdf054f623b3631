#include "gallery/id_product.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "seal/random.hpp"

namespace morgiana {
namespace {

constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;
__extension__ using Wide = unsigned __int128;

std::uint64_t reduced(std::uint64_t x) noexcept {
  const std::uint64_t sum = (x & kPrime) + (x >> 61);
  return sum >= kPrime ? sum - kPrime : sum;
}

std::uint64_t times(std::uint64_t a, std::uint64_t b) noexcept {
  const Wide product = static_cast<Wide>(a) * b;
  return reduced(static_cast<std::uint64_t>(product & kPrime) +
                 static_cast<std::uint64_t>(product >> 61));
}

std::uint64_t drawn() {
  std::array<std::uint8_t, sizeof(std::uint64_t)> bytes;
  seal::fill_random(bytes);
  std::uint64_t word;
  std::memcpy(&word, bytes.data(), sizeof word);
  return reduced(word);
}

}  // namespace

IdProduct::Secrets::Secrets() : r(drawn()), s(drawn()) {}

void IdProduct::add(ByteView id, std::uint64_t subject_key) noexcept {
  constexpr std::size_t kBytes = 7;  // of an id in a coefficient, which stays below the prime
  std::uint64_t sum = times(id.size(), secrets_.s) + reduced(subject_key);
  while (!id.empty()) {
    const std::size_t count = std::min(kBytes, id.size());
    std::uint64_t word = 0;
    std::memcpy(&word, id.data(), count);
    sum = times(reduced(sum), secrets_.s) + word;
    id = id.subspan(count);
  }
  sum = reduced(sum);
  product_ = times(product_, reduced(secrets_.r + kPrime - sum));
}

void IdProduct::join(const IdProduct& other) noexcept {
  product_ = times(product_, other.product_);
}

}  // namespace morgiana
