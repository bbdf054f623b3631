#include "gallery/pseudonym.hpp"

#include "gallery/enrolled.hpp"
#include "morgiana/error.hpp"
#include "seal/base64url.hpp"
#include "seal/transcript.hpp"
#include "types/printable.hpp"
#include "types/wipe.hpp"

namespace morgiana {
namespace {

/// The key of a subject that is enrolled. Errors: unknown_subject; not_authentic.
seal::SecretKey subject_key_of(Parts& parts, const SubjectId& id) {
  const auto [state, found] = find_newest(parts, id);
  if (!found) {
    throw Error(Errc::unknown_subject, "subject '" + id.str() + "' is not enrolled");
  }
  seal::KeySlot wrapped;
  state.records.slot(found->slot, wrapped);
  return Vault::Opener(parts.vault).unwrap(found->subject_key, found->slot, wrapped);
}

/// Known to who has the keys of the gallery.
seal::SecretKey relying_party_key(const Parts& parts, std::string_view relying_party) {
  seal::Transcript transcript("morgiana/relying-party");
  transcript.add(ByteView(parts.vault.gallery().uuid)).add(relying_party);
  seal::Digest digest = seal::hmac_sha256(parts.vault.relying_party_key(), transcript.view());
  seal::SecretKey key(digest);
  wipe(digest.data(), digest.size());
  return key;
}

}  // namespace

std::string pseudonym(Parts& parts, const SubjectId& id, std::string_view relying_party) {
  if (!is_printable(relying_party, kMaxPartyBytes)) {
    throw Error(Errc::invalid_argument,
                "a relying party is named by 1 to 256 printable ASCII characters");
  }
  const seal::SecretKey own = seal::derive(subject_key_of(parts, id), "morgiana/pseudonym");
  const seal::SecretKey theirs = relying_party_key(parts, relying_party);
  return seal::base64url(ByteView(seal::hmac_sha256(own, theirs.bytes())));
}

}  // namespace morgiana
