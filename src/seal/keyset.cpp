#include "seal/keyset.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "morgiana/error.hpp"
#include "seal/aead.hpp"
#include "seal/mac.hpp"
#include "types/little_endian.hpp"

namespace morgiana::seal {
namespace {

constexpr std::string_view kMagic = "MRGNKEYS";
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kFirstVersionWithHolder = 2;
constexpr std::size_t kFixedBytes = 8 + 4 + 16;  // magic, version, uuid: what is committed to
constexpr std::size_t kHeaderBytes = kFixedBytes + 8 + 4;
constexpr std::size_t kEntryBytes = 4 + 1;
constexpr std::size_t kCommitmentBytes = 32;

std::size_t secret_bytes(std::size_t num_keys) {
  return (num_keys + 2) * SecretKey::kBytes;
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

/// What of a keyset's file can be read without a key.
struct Frame {
  std::size_t num_keys = 0;
  KekEnvelope envelope;
  ByteView bound;  // to the end of the commitment
  ByteView sealed;
};

KekEnvelope take_envelope(ByteView& rest) {
  if (rest.size() < 3) throw damaged();
  const std::uint64_t holder = take(rest, 1);
  const std::uint64_t num_bytes = take(rest, 2);
  if (holder > static_cast<std::uint8_t>(KekHolder::token) ||
      num_bytes > Keyset::kMaxParameterBytes || num_bytes > rest.size()) {
    throw damaged();
  }
  const ByteView parameters = rest.first(num_bytes);
  rest = rest.subspan(num_bytes);
  return {static_cast<KekHolder>(holder), {parameters.begin(), parameters.end()}};
}

/// Checks magic, version, sizes and entries before anything is believed.
Frame take_frame(ByteView file) {
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
  rest = file.subspan(kFixedBytes + 8);
  Frame frame;
  frame.num_keys = take(rest, 4);
  if (version == 0 || frame.num_keys == 0 || frame.num_keys > Keyset::kMaxWrappingKeys ||
      rest.size() < frame.num_keys * kEntryBytes) {
    throw damaged();
  }
  check_entries(rest, frame.num_keys);
  rest = rest.subspan(frame.num_keys * kEntryBytes);
  if (version >= kFirstVersionWithHolder) frame.envelope = take_envelope(rest);
  if (rest.size() != kCommitmentBytes + secret_bytes(frame.num_keys) + kOverheadBytes) {
    throw damaged();
  }
  frame.sealed = rest.subspan(kCommitmentBytes);
  frame.bound = file.first(file.size() - frame.sealed.size());
  return frame;
}

SecretKey key_at(const LockedVector<std::uint8_t>& secrets, std::size_t index) {
  return SecretKey(ByteView(secrets).subspan(index * SecretKey::kBytes).first<SecretKey::kBytes>());
}

}  // namespace

Keyset::Keyset(const Uuid& uuid, std::uint64_t generation) : uuid_(uuid), generation_(generation) {
  wrapping_keys_.reserve(kMaxWrappingKeys);  // a page: keys do not move
  seeds_.reserve(2);
}

void Keyset::add(std::uint32_t id, KeyStatus status, SecretKey key) {
  wrapping_keys_.push_back({id, status, std::move(key)});
}

void Keyset::set_seeds(SecretKey rotation_seed, SecretKey state_key) {
  seeds_.push_back(std::move(rotation_seed));
  seeds_.push_back(std::move(state_key));
}

Keyset Keyset::create(const Uuid& uuid) {
  Keyset keyset(uuid, 1);
  keyset.add(1, KeyStatus::current, SecretKey::random());
  keyset.set_seeds(SecretKey::random(), SecretKey::random());
  return keyset;
}

Keyset Keyset::with_new_key() const {
  if (wrapping_keys_.size() == kMaxWrappingKeys) {
    throw Error(Errc::limit_reached, "the keyset holds 64 wrapping keys that have not retired yet");
  }
  Keyset next(uuid_, generation_ + 1);
  std::uint32_t newest = 0;
  for (const WrappingKey& key : wrapping_keys_) {
    next.add(key.id, KeyStatus::retiring, SecretKey(key.key.bytes()));
    newest = std::max(newest, key.id);
  }
  next.add(newest + 1, KeyStatus::current, SecretKey::random());
  next.set_seeds(SecretKey(rotation_seed().bytes()), SecretKey(state_key().bytes()));
  return next;
}

Keyset Keyset::renewed() const {
  Keyset next = with_new_key();
  next.seeds_[0] = SecretKey::random();
  return next;
}

Keyset Keyset::without_retiring() const {
  Keyset next(uuid_, generation_ + 1);
  next.add(current().id, KeyStatus::current, SecretKey(current().key.bytes()));
  next.set_seeds(SecretKey(rotation_seed().bytes()), SecretKey(state_key().bytes()));
  return next;
}

Bytes Keyset::seal(const SecretKey& kek, const KekEnvelope& envelope) const {
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
  put(out, static_cast<std::uint8_t>(envelope.holder), 1);
  put(out, envelope.parameters.size(), 2);
  out.insert(out.end(), envelope.parameters.begin(), envelope.parameters.end());
  out.insert(out.end(), committed.begin(), committed.end());

  LockedVector<std::uint8_t> secrets(secret_bytes(wrapping_keys_.size()));
  auto at = secrets.begin();
  const auto append = [&](const SecretKey& key) {
    at = std::copy(key.bytes().begin(), key.bytes().end(), at);
  };
  for (const WrappingKey& key : wrapping_keys_) append(key.key);
  append(rotation_seed());
  append(state_key());
  const Bytes bound = out;
  out.resize(bound.size() + secrets.size() + kOverheadBytes);
  Random random;
  seal::seal(sealing_key(kek), bound, secrets, random, MutableBytes(out).subspan(bound.size()));
  return out;
}

KekEnvelope Keyset::envelope_of(ByteView file) {
  return take_frame(file).envelope;
}

Keyset Keyset::open(const SecretKey& kek, ByteView file) {
  const Frame frame = take_frame(file);
  Digest committed;
  std::copy(frame.bound.end() - kCommitmentBytes, frame.bound.end(), committed.begin());
  if (!equal(commitment(kek, file.first(kFixedBytes)), committed)) {
    throw Error(Errc::wrong_key,
                "the key does not open this keyset: wrong key, or the keyset is damaged");
  }
  LockedVector<std::uint8_t> secrets(secret_bytes(frame.num_keys));
  if (!seal::open(sealing_key(kek), frame.bound, frame.sealed, secrets)) throw damaged();

  Uuid uuid;
  ByteView rest = frame.bound.subspan(kMagic.size() + 4);
  std::copy_n(rest.begin(), uuid.size(), uuid.begin());
  rest = rest.subspan(uuid.size());
  Keyset keyset(uuid, take(rest, 8));
  rest = rest.subspan(4);
  for (std::size_t i = 0; i < frame.num_keys; ++i) {
    const auto id = static_cast<std::uint32_t>(take(rest, 4));
    keyset.add(id, static_cast<KeyStatus>(take(rest, 1)), key_at(secrets, i));
  }
  keyset.set_seeds(key_at(secrets, frame.num_keys), key_at(secrets, frame.num_keys + 1));
  return keyset;
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
