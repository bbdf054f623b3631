#include "seal/keyset.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "morgiana/error.hpp"
#include "seal/aead.hpp"
#include "seal/mac.hpp"
#include "types/wipe.hpp"

namespace morgiana::seal {
namespace {

constexpr std::string_view kMagic = "MRGNKEYS";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kFixedBytes = 8 + 4 + 16;  // magic, version, uuid: what is committed to
constexpr std::size_t kHeaderBytes = kFixedBytes + 8 + 4;
constexpr std::size_t kEntryBytes = 4 + 1;
constexpr std::size_t kCommitmentBytes = 32;

std::size_t bound_bytes(std::size_t num_keys) {
  return kHeaderBytes + num_keys * kEntryBytes + kCommitmentBytes;
}
std::size_t secret_bytes(std::size_t num_keys) {
  return (num_keys + 2) * SecretKey::kBytes;
}

void put(Bytes& out, std::uint64_t value, std::size_t num_bytes) {
  for (std::size_t i = 0; i < num_bytes; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xFF));
  }
}

std::uint64_t take(ByteView& in, std::size_t num_bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < num_bytes; ++i) value |= std::uint64_t{in[i]} << (8 * i);
  in = in.subspan(num_bytes);
  return value;
}

Error damaged() {
  return {Errc::not_authentic, "the keyset file is damaged or not a keyset"};
}

/// A key drawn from the KEK for each use.
Digest commitment(const SecretKey& kek, ByteView fixed) {
  return hmac_sha256(derive(kek, "morgiana/keyset/commit"), fixed);
}
SecretKey sealing_key(const SecretKey& kek) {
  return derive(kek, "morgiana/keyset/seal");
}

/// Every id once, every status known, exactly one current key.
void check_entries(ByteView entries, std::size_t num_keys) {
  std::set<std::uint64_t> ids;
  std::size_t num_current = 0;
  for (std::size_t i = 0; i < num_keys; ++i) {
    const bool is_new = ids.insert(take(entries, 4)).second;
    const auto status = static_cast<KeyStatus>(take(entries, 1));
    if (!is_new || (status != KeyStatus::current && status != KeyStatus::retiring)) throw damaged();
    if (status == KeyStatus::current) ++num_current;
  }
  if (num_current != 1) throw damaged();
}

/// Checks magic, version, size and entries before anything is believed. Returns the number of keys.
std::size_t check_frame(ByteView file) {
  if (file.size() < kHeaderBytes || !std::equal(kMagic.begin(), kMagic.end(), file.begin())) {
    throw damaged();
  }
  ByteView rest = file.subspan(kMagic.size());
  const std::uint64_t version = take(rest, 4);
  if (version > kVersion) {
    throw Error(Errc::unsupported_format, "the keyset has format " + std::to_string(version) +
                                              ", this build reads up to " +
                                              std::to_string(kVersion));
  }
  ByteView count = file.subspan(kFixedBytes + 8);
  const std::uint64_t num_keys = take(count, 4);
  if (version != kVersion || num_keys == 0 || num_keys > Keyset::kMaxWrappingKeys ||
      file.size() != bound_bytes(num_keys) + secret_bytes(num_keys) + kOverheadBytes) {
    throw damaged();
  }
  check_entries(file.subspan(kHeaderBytes), num_keys);
  return num_keys;
}

/// Zeroes secrets however the function that holds them ends.
struct SecretBuffer {
  explicit SecretBuffer(std::size_t num_bytes) : bytes(num_bytes) {}
  SecretBuffer(const SecretBuffer&) = delete;
  SecretBuffer& operator=(const SecretBuffer&) = delete;
  ~SecretBuffer() { wipe(bytes.data(), bytes.size()); }
  SecretKey key(std::size_t index) const {
    return SecretKey(ByteView(bytes).subspan(index * SecretKey::kBytes).first<SecretKey::kBytes>());
  }
  Bytes bytes;
};

}  // namespace

Keyset::Keyset(const Uuid& uuid, std::uint64_t generation, std::vector<WrappingKey> keys,
               SecretKey rotation_seed, SecretKey state_key)
    : uuid_(uuid),
      generation_(generation),
      wrapping_keys_(std::move(keys)),
      rotation_seed_(std::move(rotation_seed)),
      state_key_(std::move(state_key)) {}

Keyset Keyset::create(const Uuid& uuid) {
  std::vector<WrappingKey> keys;
  keys.push_back({1, KeyStatus::current, SecretKey::random()});
  return {uuid, 1, std::move(keys), SecretKey::random(), SecretKey::random()};
}

Bytes Keyset::seal(const SecretKey& kek) const {
  Bytes out(kMagic.begin(), kMagic.end());
  put(out, kVersion, 4);
  out.insert(out.end(), uuid_.begin(), uuid_.end());
  const Digest committed = commitment(kek, out);
  put(out, generation_, 8);
  put(out, wrapping_keys_.size(), 4);
  for (const WrappingKey& key : wrapping_keys_) {
    put(out, key.id, 4);
    put(out, static_cast<std::uint8_t>(key.status), 1);
  }
  out.insert(out.end(), committed.begin(), committed.end());

  SecretBuffer secrets(secret_bytes(wrapping_keys_.size()));
  auto at = secrets.bytes.begin();
  const auto append = [&](const SecretKey& key) {
    at = std::copy(key.bytes().begin(), key.bytes().end(), at);
  };
  for (const WrappingKey& key : wrapping_keys_) append(key.key);
  append(rotation_seed_);
  append(state_key_);
  const Bytes bound = out;
  out.resize(bound.size() + secrets.bytes.size() + kOverheadBytes);
  Random random;
  seal::seal(sealing_key(kek), bound, secrets.bytes, random,
             MutableBytes(out).subspan(bound.size()));
  return out;
}

Keyset Keyset::open(const SecretKey& kek, ByteView file) {
  const std::size_t num_keys = check_frame(file);
  const ByteView bound = file.first(bound_bytes(num_keys));
  Digest committed;
  std::copy(bound.end() - kCommitmentBytes, bound.end(), committed.begin());
  if (!equal(commitment(kek, file.first(kFixedBytes)), committed)) {
    throw Error(Errc::wrong_key,
                "the key does not open this keyset: wrong key file, or the keyset is damaged");
  }
  SecretBuffer secrets(secret_bytes(num_keys));
  if (!seal::open(sealing_key(kek), bound, file.subspan(bound.size()), secrets.bytes)) {
    throw damaged();
  }

  Uuid uuid;
  ByteView rest = bound.subspan(kMagic.size() + 4);
  std::copy_n(rest.begin(), uuid.size(), uuid.begin());
  rest = rest.subspan(uuid.size());
  const std::uint64_t generation = take(rest, 8);
  rest = rest.subspan(4);
  std::vector<WrappingKey> keys;
  for (std::size_t i = 0; i < num_keys; ++i) {
    const auto id = static_cast<std::uint32_t>(take(rest, 4));
    keys.push_back({id, static_cast<KeyStatus>(take(rest, 1)), secrets.key(i)});
  }
  return {uuid, generation, std::move(keys), secrets.key(num_keys), secrets.key(num_keys + 1)};
}

const WrappingKey& Keyset::current() const {
  for (const WrappingKey& key : wrapping_keys_) {
    if (key.status == KeyStatus::current) return key;
  }
  throw damaged();
}

const SecretKey* Keyset::find(std::uint32_t wrapping_key_id) const noexcept {
  for (const WrappingKey& key : wrapping_keys_) {
    if (key.id == wrapping_key_id) return &key.key;
  }
  return nullptr;
}

}  // namespace morgiana::seal
