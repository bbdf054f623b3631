#include "seal/jws.hpp"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "seal/base64url.hpp"

namespace morgiana::seal {
namespace {

// RFC 8037, appendix A.
constexpr std::string_view kSeed = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
constexpr std::string_view kJwk =
    R"({"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";

SigningKey key() {
  const Bytes bytes = from_base64url(kSeed).value();
  std::array<std::uint8_t, SecretKey::kBytes> seed{};
  std::copy(bytes.begin(), bytes.end(), seed.begin());
  return SigningKey(SecretKey(seed));
}

TEST(Jws, IsThatOfRfc8037) {
  EXPECT_EQ(sign_compact(key(), R"({"alg":"EdDSA"})", "Example of Ed25519 signing"),
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_"
            "MuM0KAg");
}

TEST(Jws, NamesAKeyByTheThumbprintOfRfc8037) {
  EXPECT_EQ(thumbprint(key().public_key()), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  EXPECT_EQ(public_jwk(key().public_key()), kJwk);
}

TEST(Jws, IsCutAtItsDots) {
  const auto parts = split_compact("a.bc.def");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->header, "a");
  EXPECT_EQ(parts->payload, "bc");
  EXPECT_EQ(parts->signature, "def");
  EXPECT_EQ(parts->signed_text, "a.bc");
  EXPECT_FALSE(split_compact(""));
  EXPECT_FALSE(split_compact("a"));
  EXPECT_FALSE(split_compact("a.b"));
  EXPECT_EQ(split_compact("a.b.c.d")->signature, "c.d");  // which is no base64url
}

TEST(Base64url, ReadsWhatItWrites) {
  Bytes bytes;
  for (int length = 0; length < 300; ++length) {
    const std::string text = base64url(ByteView(bytes));
    EXPECT_EQ(from_base64url(text), bytes) << length;
    bytes.push_back(static_cast<std::uint8_t>(length * 37 + 11));
  }
}

/// RFC 4648, section 10, without padding.
TEST(Base64url, IsThatOfRfc4648) {
  EXPECT_EQ(base64url(std::string_view("f")), "Zg");
  EXPECT_EQ(base64url(std::string_view("fo")), "Zm8");
  EXPECT_EQ(base64url(std::string_view("foo")), "Zm9v");
  EXPECT_EQ(base64url(std::string_view("foobar")), "Zm9vYmFy");
  EXPECT_EQ(base64url(std::string_view("\xFB\xFF")), "-_8");
}

/// Every text of up to three characters is refused, or is what the bytes it stands for are written
/// as.
TEST(Base64url, ReadsOneTextForAnyBytes) {
  const auto check = [](const std::string& text) {
    const auto bytes = from_base64url(text);
    EXPECT_TRUE(!bytes || base64url(ByteView(*bytes)) == text) << text;
  };
  for (int a = 0; a < 256; ++a) {
    check({static_cast<char>(a)});
    for (int b = 0; b < 256; ++b) {
      check({static_cast<char>(a), static_cast<char>(b)});
      for (const char c : {'A', 'Q', 'B', '_', '=', '.'}) {
        check({static_cast<char>(a), static_cast<char>(b), c});
      }
    }
  }
  EXPECT_FALSE(from_base64url("A"));
  EXPECT_FALSE(from_base64url("AAAAA"));
  EXPECT_FALSE(from_base64url("Zh"));  // bits behind the end
  EXPECT_FALSE(from_base64url("Zg=="));
  EXPECT_FALSE(from_base64url("Zm9v\n"));
  EXPECT_FALSE(from_base64url("+/8"));
}

}  // namespace
}  // namespace morgiana::seal
