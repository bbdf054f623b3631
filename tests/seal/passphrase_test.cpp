#include "seal/passphrase.hpp"

#include <gtest/gtest.h>

#include "seal/sample.hpp"
#include "errors.hpp"

namespace morgiana::seal {
namespace {

using test::bytes_of;
using test::thrown;

Bytes derived(std::string_view passphrase, const PassphraseParameters& parameters) {
  const LockedKey key = derive_from_passphrase(bytes_of(passphrase), parameters);
  return {(*key).bytes().begin(), (*key).bytes().end()};
}

PassphraseParameters counting_salt(std::uint32_t iterations) {
  PassphraseParameters parameters;
  parameters.iterations = iterations;
  for (std::size_t i = 0; i < parameters.salt.size(); ++i) {
    parameters.salt[i] = static_cast<std::uint8_t>(i);
  }
  return parameters;
}

/// By hashlib.pbkdf2_hmac of Python.
TEST(Passphrase, BecomesTheKeyOfPbkdf2) {
  EXPECT_EQ(derived("correct horse battery staple", counting_salt(100'000)),
            test::from_hex("ef8970894e11c302383e9d31b220979179c2e8964100f3a99a52cdc7ce6f9f77"));
}

TEST(Passphrase, EveryPartMatters) {
  const Bytes key = derived("correct horse", counting_salt(100'000));
  EXPECT_EQ(derived("correct horse", counting_salt(100'000)), key);
  EXPECT_NE(derived("correct horsf", counting_salt(100'000)), key);
  EXPECT_NE(derived("correct horse", counting_salt(100'001)), key);
  PassphraseParameters other = counting_salt(100'000);
  other.salt[31] ^= 1;
  EXPECT_NE(derived("correct horse", other), key);
}

TEST(Passphrase, ParametersAreReadAsTheyWereWritten) {
  const auto fresh = PassphraseParameters::random();
  const auto read = PassphraseParameters::decode(fresh.encode());
  EXPECT_EQ(read.iterations, PassphraseParameters::kIterations);
  EXPECT_EQ(read.salt, fresh.salt);
  EXPECT_NE(PassphraseParameters::random().salt, fresh.salt);
}

TEST(Passphrase, ParametersOfAStrangerAreBounded) {
  const auto refusal = [](std::uint32_t iterations) {
    return thrown([&] { PassphraseParameters::decode(counting_salt(iterations).encode()); });
  };
  EXPECT_EQ(refusal(100'000), std::nullopt);
  EXPECT_EQ(refusal(10'000'000), std::nullopt);
  EXPECT_EQ(refusal(99'999), Errc::not_authentic);
  EXPECT_EQ(refusal(10'000'001), Errc::not_authentic);
  EXPECT_EQ(refusal(0xFFFFFFFF), Errc::not_authentic);
  for (const std::size_t size : {0U, 3U, 35U, 37U}) {
    EXPECT_EQ(thrown([&] { PassphraseParameters::decode(Bytes(size)); }), Errc::not_authentic);
  }
}

}  // namespace
}  // namespace morgiana::seal
