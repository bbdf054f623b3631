#include "receipt/log_state.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>

#include "morgiana/error.hpp"
#include "seal/mac.hpp"
#include "seal/transcript.hpp"
#include "types/hex.hpp"
#include "types/little_endian.hpp"
#include "types/text.hpp"

namespace morgiana::receipt {
namespace {

constexpr std::size_t kIdBytes = 22;
constexpr std::size_t kDigestBytes = 64;
constexpr std::size_t kBodyBytes =
    3 * sizeof(std::uint64_t) + kIdBytes + kDigestBytes + std::tuple_size_v<seal::Digest>;

seal::Digest tag_of(const seal::SecretKey& key, ByteView body) {
  seal::Transcript transcript("morgiana/receipt-log-state");
  transcript.add(body);
  return seal::hmac_sha256(key, transcript.view());
}

std::string take_text(ByteView& in, std::size_t num_bytes) {
  std::string text(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(num_bytes));
  in = in.subspan(num_bytes);
  return text;
}

}  // namespace

void LogState::take(std::string_view line) {
  const seal::Digest of_line = seal::sha256(as_bytes(line));
  last_digest = hex(of_line);
  Bytes both(all_lines.begin(), all_lines.end());
  both.insert(both.end(), of_line.begin(), of_line.end());
  all_lines = seal::sha256(both);
  num_bytes += line.size() + 1;
}

Bytes LogState::encode(const seal::SecretKey& key) const {
  Bytes out;
  put(out, num_receipts, 8);
  put(out, num_unsealed, 8);
  put(out, num_bytes, 8);
  out.insert(out.end(), log.begin(), log.end());
  out.insert(out.end(), last_digest.begin(), last_digest.end());
  out.insert(out.end(), all_lines.begin(), all_lines.end());
  const seal::Digest tag = tag_of(key, out);
  out.insert(out.end(), tag.begin(), tag.end());
  return out;
}

LogState LogState::decode(const seal::SecretKey& key, ByteView record) {
  seal::Digest tag{};
  if (record.size() == kBodyBytes + tag.size()) {
    const ByteView stored = record.last(tag.size());
    std::copy(stored.begin(), stored.end(), tag.begin());
  }
  ByteView body = record.first(std::min(record.size(), kBodyBytes));
  if (record.size() != kBodyBytes + tag.size() || !seal::equal(tag, tag_of(key, body))) {
    throw Error(Errc::not_authentic,
                "the state of the log was changed, is of an earlier form, or of a log that another "
                "gallery signs");
  }
  LogState state;
  state.num_receipts = morgiana::take(body, 8);
  state.num_unsealed = morgiana::take(body, 8);
  state.num_bytes = morgiana::take(body, 8);
  state.log = take_text(body, kIdBytes);
  state.last_digest = take_text(body, kDigestBytes);
  std::copy(body.begin(), body.end(), state.all_lines.begin());
  return state;
}

}  // namespace morgiana::receipt
