// A keyset whose commitment and tag are right, whatever lies between: what reads it behind its
// authentication. Input: version (1) ‖ bytes of secrets (2) ‖ everything from the generation to the
// commitment.
#include "authentic_keyset.hpp"
#include "input.hpp"

using namespace morgiana;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  static const seal::SecretKey kek = fuzz::sample_kek();
  fuzz::Input input(data, num_bytes);
  const auto version = static_cast<std::uint8_t>(input.number(1));
  const Bytes secrets = test::counting_bytes(input.number(2) % seal::Keyset::kMaxFileBytes);
  const ByteView described = input.rest();
  const Bytes file = fuzz::authentic_keyset(version, described, secrets);
  const auto refused = fuzz::refusal([&] {
    const seal::Keyset keyset = seal::Keyset::open(kek, file);
    fuzz::require(secrets.size() / seal::SecretKey::kBytes - 2 <= seal::Keyset::kMaxWrappingKeys,
                  "the number of keys is bounded");
    fuzz::require(fuzz::holds(keyset, described.subspan(12), secrets), "every key is in its place");
    fuzz::require(keyset.current().status == seal::KeyStatus::current, "one key is current");
    fuzz::require(keyset.generation() == fuzz::Input(described.data(), 8).number(8),
                  "the generation is that of the file");
    const seal::KekEnvelope envelope = seal::Keyset::envelope_of(file);
    const Bytes again = keyset.seal(kek, envelope);
    fuzz::require(seal::Keyset::envelope_of(again).parameters == envelope.parameters &&
                      fuzz::holds(seal::Keyset::open(kek, again), described.subspan(12), secrets),
                  "what is sealed again is the same");
  });
  // wrong_key: sizes that lie put the commitment elsewhere than it was written.
  fuzz::require(!refused || refused == Errc::not_authentic || refused == Errc::unsupported_format ||
                    refused == Errc::wrong_key,
                "a keyset is refused as documented");
  return 0;
}
