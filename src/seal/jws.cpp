#include "seal/jws.hpp"

#include <cstddef>

#include "seal/base64url.hpp"
#include "seal/mac.hpp"
#include "types/text.hpp"

namespace morgiana::seal {
std::string sign_compact(const SigningKey& key, std::string_view header, std::string_view payload) {
  const std::string signed_text = base64url(header) + "." + base64url(payload);
  return signed_text + "." + base64url(ByteView(key.sign(as_bytes(signed_text))));
}

std::optional<CompactJws> split_compact(std::string_view jws) {
  const std::size_t first = jws.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = jws.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  return CompactJws{.header = jws.substr(0, first),
                    .payload = jws.substr(first + 1, second - first - 1),
                    .signature = jws.substr(second + 1),
                    .signed_text = jws.substr(0, second)};
}

std::string public_jwk(const PublicKey& key) {
  return R"({"crv":"Ed25519","kty":"OKP","x":")" + base64url(ByteView(key)) + R"("})";
}

std::string thumbprint(const PublicKey& key) {
  return base64url(ByteView(sha256(as_bytes(public_jwk(key)))));
}

}  // namespace morgiana::seal
