#include "gallery/keyset_file.hpp"

#include <utility>

#include "gallery/key_origin.hpp"
#include "morgiana/error.hpp"
#include "store/durable_file.hpp"

namespace morgiana {
namespace {

std::string words(seal::KekHolder holder) {
  switch (holder) {
    case seal::KekHolder::key_file: return "a key file";
    case seal::KekHolder::passphrase: return "a passphrase";
    case seal::KekHolder::token: return "a key of a token";
  }
  return "another kind of key";
}

seal::Keyset open_keyset(const std::string& path, ByteView file, const KeySource& key) {
  const seal::KekEnvelope envelope = seal::Keyset::envelope_of(file);
  if (envelope.holder != key.origin().holder()) {
    throw Error(Errc::wrong_key, "keyset " + path + " is opened by " + words(envelope.holder) +
                                     ", not by " + words(key.origin().holder()));
  }
  try {
    return seal::Keyset::open(*key.origin().open(envelope.parameters), file);
  } catch (const Error& error) {
    if (error.code() != Errc::wrong_key) throw;
    throw Error(Errc::wrong_key, key.name() + " does not open " + path +
                                     ": another key sealed it, or it is damaged");
  }
}

}  // namespace

seal::Keyset read_keyset(const std::string& path, const KeySource& key) {
  if (!store::exists(path)) {
    throw Error(Errc::not_found, "keyset " + path +
                                     " is missing; the gallery cannot be opened without it: put it "
                                     "back from where the gallery was copied");
  }
  Bytes file = store::read_file(path, seal::Keyset::kMaxFileBytes);
  for (;;) {
    try {
      return open_keyset(path, file, key);
    } catch (const Error& error) {
      if (error.code() != Errc::not_authentic) throw;
      // A file that was replaced between its opening and its reading is overwritten.
      Bytes again = store::read_file(path, seal::Keyset::kMaxFileBytes);
      if (again == file) throw;
      file = std::move(again);
    }
  }
}

Bytes seal_keyset(const seal::Keyset& keyset, const KeySource& key) {
  const KeySource::Origin::NewKek fresh = key.origin().create();
  return keyset.seal(*fresh.kek, fresh.envelope);
}

}  // namespace morgiana
