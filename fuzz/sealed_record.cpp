// A sealed record, what it is bound to, and the length it should have, with the input laid over
// them: opened where nothing was changed, and else nothing is released.
// Input: length (1) ‖ bytes of the binding (1) ‖ over the binding ‖ over the record.
#include "input.hpp"
#include "seal/aead.hpp"
#include "seal/sample.hpp"

using namespace morgiana;

namespace {

constexpr std::size_t kPlaintextBytes = 48;

struct Sample {
  Sample() : sealed(kPlaintextBytes + seal::kOverheadBytes) {
    seal::Random random;
    seal::seal(key, binding, plaintext, random, sealed);
  }
  seal::SecretKey key = test::counting_key(1);
  Bytes binding = seal::reference_binding(test::sample_gallery(), 7, 3);
  Bytes plaintext = test::counting_bytes(kPlaintextBytes);
  Bytes sealed;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  static const Sample sample;
  static seal::Opener opener;
  fuzz::Input input(data, num_bytes);
  const std::size_t length = kPlaintextBytes ^ input.number(1);
  const std::size_t num_over_binding = input.number(1);
  const Bytes binding = fuzz::changed(sample.binding, input.bytes(num_over_binding));
  const Bytes sealed = fuzz::changed(sample.sealed, input.rest());
  const bool is_whole =
      length == kPlaintextBytes && binding == sample.binding && sealed == sample.sealed;
  Bytes opened(length, 0xEE);
  fuzz::require(opener.open(sample.key, binding, sealed, opened) == is_whole,
                "a record is opened exactly where nothing was changed");
  fuzz::require(opened == (is_whole ? sample.plaintext : Bytes(length)),
                "nothing is released of what is not authentic");
  return 0;
}
