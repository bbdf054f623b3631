// Parameters of a passphrase: numbers of iterations out of bounds are refused before any is made.
#include "gallery/key_origin.hpp"
#include "input.hpp"
#include "seal/passphrase.hpp"

using namespace morgiana;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  using Parameters = seal::PassphraseParameters;
  static const KeySource source = KeySource::passphrase("a sample of a passphrase");
  const ByteView stored(data, num_bytes);
  const auto refused = fuzz::refusal([&] {
    const Parameters read = Parameters::decode(stored);
    fuzz::require(fuzz::is_same(read.encode(), stored), "parameters are read as they were written");
    fuzz::require(read.iterations >= Parameters::kLeastIterations &&
                      read.iterations <= Parameters::kMostIterations,
                  "iterations are within bounds");
  });
  if (!refused) return 0;  // a second or so of iterations, which are no part of this
  fuzz::require(refused == Errc::not_authentic, "parameters are refused as documented");
  fuzz::require(fuzz::refusal([&] { source.origin().open(stored); }) == refused,
                "no key is drawn by parameters that are refused");
  return 0;
}
