#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "morgiana/export.hpp"

namespace morgiana {

/// What went wrong. Values are appended, never renumbered.
enum class Errc {
  invalid_argument = 1,  // an option or an identifier is outside what is allowed
  dim_mismatch,          // a vector's length is not the model's dimension
  model_mismatch,        // templates of different models were compared
  not_finite,            // NaN or infinity in an embedding
  zero_norm,             // an embedding without direction
  duplicate_subject,     // the subject is already enrolled
  unknown_subject,       // the subject is not enrolled
  already_exists,        // create would overwrite something
  not_found,             // a file is not there
  not_a_gallery,         // the file is not a Morgiana gallery
  unsupported_format,    // written by a newer version
  wrong_key,             // the key does not open this keyset
  bad_key_file,          // the key file is not one of ours, or others can read it
  not_authentic,         // stored data was changed, moved or exchanged
  locked,                // another process or handle has the gallery open
  storage_full,          // no space left; nothing was changed, and nobody removed: make room
  storage_failed,        // the storage reported an error; reopen the gallery, or run check
  limit_reached,         // a cryptographic or format limit
  unknown_tier,          // no instruction tier of that name
  unsupported_tier,      // this machine, or this process, cannot run the tier
  closed,                // the gallery was closed
  crypto_failed,         // the cryptographic library refused to work
  deadline_exceeded,     // the deadline passed before the answer was there
  executor_failed,       // the caller's executor threw, or returned before every task had run
  read_only,             // the gallery was opened to follow another process, which alone changes it
  replaced,              // the gallery's file is not the one that was opened; open it again
  duplicate_enrolment,   // a new reference matches another subject
  hub_reference,         // a new reference matches too many subjects
  rolled_back,           // the gallery is older than its anchor says, or a copy left behind
  anchor_failed,         // the anchor holds nothing, or could not be moved
  token_failed,          // a PKCS#11 token is not there, refuses the PIN, or has no such key
  budget_spent,          // the claimed subject was refused too often today
  bad_calibration,       // a calibration file is not understood; the message says where
  bad_policy,            // a policy file is not understood; the message names file, line and field
  expired,               // a receipt's time has passed, or has not come yet
  replayed,              // a receipt was used before
  foreign,               // a receipt is of another issuer, or answers somebody or something else
};

/// The stable name of a code, as bindings and logs show it.
constexpr std::string_view name(Errc code) noexcept {
  switch (code) {
    case Errc::invalid_argument: return "invalid_argument";
    case Errc::dim_mismatch: return "dim_mismatch";
    case Errc::model_mismatch: return "model_mismatch";
    case Errc::not_finite: return "not_finite";
    case Errc::zero_norm: return "zero_norm";
    case Errc::duplicate_subject: return "duplicate_subject";
    case Errc::unknown_subject: return "unknown_subject";
    case Errc::already_exists: return "already_exists";
    case Errc::not_found: return "not_found";
    case Errc::not_a_gallery: return "not_a_gallery";
    case Errc::unsupported_format: return "unsupported_format";
    case Errc::wrong_key: return "wrong_key";
    case Errc::bad_key_file: return "bad_key_file";
    case Errc::not_authentic: return "not_authentic";
    case Errc::locked: return "locked";
    case Errc::storage_full: return "storage_full";
    case Errc::storage_failed: return "storage_failed";
    case Errc::limit_reached: return "limit_reached";
    case Errc::unknown_tier: return "unknown_tier";
    case Errc::unsupported_tier: return "unsupported_tier";
    case Errc::closed: return "closed";
    case Errc::crypto_failed: return "crypto_failed";
    case Errc::deadline_exceeded: return "deadline_exceeded";
    case Errc::executor_failed: return "executor_failed";
    case Errc::read_only: return "read_only";
    case Errc::replaced: return "replaced";
    case Errc::duplicate_enrolment: return "duplicate_enrolment";
    case Errc::hub_reference: return "hub_reference";
    case Errc::rolled_back: return "rolled_back";
    case Errc::anchor_failed: return "anchor_failed";
    case Errc::token_failed: return "token_failed";
    case Errc::budget_spent: return "budget_spent";
    case Errc::bad_calibration: return "bad_calibration";
    case Errc::bad_policy: return "bad_policy";
    case Errc::expired: return "expired";
    case Errc::replayed: return "replayed";
    case Errc::foreign: return "foreign";
  }
  return "unnamed";
}

/// The one exception type. Its message says what, where and the limit; it never holds
/// template values or key bytes. An outcome that is part of the job is a value, not an Error.
class MORGIANA_API Error : public std::runtime_error {
 public:
  Error(Errc code, const std::string& message) : std::runtime_error(message), code_(code) {}
  Errc code() const noexcept { return code_; }

 private:
  Errc code_;
};

}  // namespace morgiana
