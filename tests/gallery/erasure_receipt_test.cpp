#include "morgiana/erasure_receipt.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "errors.hpp"
#include "gallery/campus.hpp"
#include "seal/signature.hpp"
#include "store/database.hpp"
#include "store/raw_sqlite.hpp"

namespace morgiana {
namespace {

using nlohmann::json;

Bytes from_base64url(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  Bytes bytes;
  std::uint32_t bits = 0;
  int num_bits = 0;
  for (const char digit : text) {
    bits = bits << 6 | static_cast<std::uint32_t>(digits.find(digit));
    num_bits += 6;
    if (num_bits < 8) continue;
    num_bits -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> num_bits));
  }
  return bytes;
}

/// Payload of a receipt whose signature is by the gallery's key.
json verified(const Gallery& gallery, const std::string& jws) {
  const std::size_t first = jws.find('.');
  const std::size_t second = jws.find('.', first + 1);
  const json key = json::parse(gallery.receipt_key());
  const Bytes x = from_base64url(key.at("x").get<std::string>());
  seal::PublicKey public_key;
  EXPECT_EQ(x.size(), public_key.size());
  std::copy(x.begin(), x.end(), public_key.begin());
  const std::string input = jws.substr(0, second);
  EXPECT_TRUE(seal::verify(public_key, Bytes(input.begin(), input.end()),
                           from_base64url(jws.substr(second + 1))));
  const Bytes header = from_base64url(jws.substr(0, first));
  EXPECT_EQ(json::parse(header), json::parse(R"({"alg":"EdDSA","typ":"erasure-receipt+jws"})"));
  return json::parse(from_base64url(jws.substr(first + 1, second - first - 1)));
}

struct ErasureReceipts : ::testing::Test {
  ErasureReceipts() {
    for (const char* name : {"ada", "bob", "cid"}) campus.gallery.enrol(name, {campus.person()});
  }
  Campus campus;
};

TEST_F(ErasureReceipts, SayWhomACommitTookOutAndWhatBecameOfThem) {
  const std::vector<SubjectId> two{"ada", "cid"};
  const Removal removal = campus.gallery.remove(two);
  const ErasureReceipt receipt = campus.gallery.erasure_receipt(removal.commit);
  EXPECT_EQ(receipt.num_subjects, 2U);
  EXPECT_TRUE(receipt.is_erased);
  EXPECT_FALSE(receipt.are_wrapping_keys_destroyed);
  const json said = verified(campus.gallery, receipt.jws);
  EXPECT_EQ(said.at("subject_keys"), json({1, 3}));
  EXPECT_EQ(said.at("commit"), removal.commit);
  EXPECT_EQ(said.at("model"), "test");
  EXPECT_EQ(said.at("gallery").get<std::string>().size(), 36U);
  EXPECT_GE(said.at("erased_at"), said.at("revoked_at"));
  EXPECT_EQ(said.at("wrapping_keys_destroyed"), false);
  EXPECT_EQ(said.at("head").at("sequence"), removal.commit);
  EXPECT_EQ(said.at("head").at("sha256").get<std::string>().size(), 64U);
}

TEST_F(ErasureReceipts, SayThatAnErasureIsPending) {
  const store::Database beside = store::Database::follow(campus.path);
  std::uint64_t commit = 0;
  {
    const store::Snapshot reader = beside.snapshot();
    const Removal removal = campus.gallery.remove("ada");
    commit = removal.commit;
    EXPECT_EQ(removal.erasure, Erasure::pending);
    const ErasureReceipt receipt = campus.gallery.erasure_receipt(commit);
    EXPECT_FALSE(receipt.is_erased);
    EXPECT_TRUE(verified(campus.gallery, receipt.jws).at("erased_at").is_null());
    EXPECT_ERRC(campus.gallery.purge(), Errc::locked);
  }
  campus.gallery.compact();
  EXPECT_TRUE(campus.gallery.erasure_receipt(commit).is_erased);
}

/// A reader that came during the rotation is at a state that needs them.
TEST_F(ErasureReceipts, ComeWithNoPurgeThatLeavesTheOldKeys) {
  const std::uint64_t commit = campus.gallery.remove("ada").commit;
  const store::Database beside = store::Database::follow(campus.path);
  std::optional<store::Snapshot> reader;
  const auto read = [&](std::uint64_t, std::uint64_t) {
    if (!reader) reader.emplace(beside.snapshot());
  };
  EXPECT_ERRC(campus.gallery.purge({read}), Errc::locked);
  EXPECT_FALSE(campus.gallery.erasure_receipt(commit).are_wrapping_keys_destroyed);
  reader.reset();
  campus.gallery.purge();
  EXPECT_TRUE(campus.gallery.erasure_receipt(commit).are_wrapping_keys_destroyed);
}

TEST_F(ErasureReceipts, SayThatWrappingKeysAreDestroyedAfterAPurgeAlone) {
  const std::uint64_t before = campus.gallery.remove("ada").commit;
  EXPECT_EQ(campus.gallery.purge().num_rewrapped, 2U);
  const std::uint64_t after = campus.gallery.remove("bob").commit;
  const std::string key = campus.gallery.receipt_key();
  campus.reopen();
  EXPECT_EQ(campus.gallery.receipt_key(), key);
  EXPECT_TRUE(campus.gallery.erasure_receipt(before).are_wrapping_keys_destroyed);
  EXPECT_FALSE(campus.gallery.erasure_receipt(after).are_wrapping_keys_destroyed);
  const Gallery beside = Gallery::follow(campus.path, {.key = campus.key});
  EXPECT_EQ(verified(beside, beside.erasure_receipt(before).jws).at("wrapping_keys_destroyed"),
            true);
  campus.gallery.purge();
  EXPECT_TRUE(campus.gallery.erasure_receipt(after).are_wrapping_keys_destroyed);
}

/// Whom was removed while keys were rotated has a key under the new one, which that rotation keeps.
TEST_F(ErasureReceipts, SayNothingTooMuchOfWhoWasRemovedDuringARotation) {
  std::uint64_t commit = 0;
  const auto remove_once = [&](std::uint64_t, std::uint64_t) {
    if (commit == 0) commit = campus.gallery.remove("ada").commit;
  };
  campus.gallery.purge({remove_once});
  EXPECT_FALSE(campus.gallery.erasure_receipt(commit).are_wrapping_keys_destroyed);
  campus.gallery.purge();
  EXPECT_TRUE(campus.gallery.erasure_receipt(commit).are_wrapping_keys_destroyed);
}

TEST_F(ErasureReceipts, AreOfCommitsThatTookSomebodyOut) {
  EXPECT_ERRC(campus.gallery.erasure_receipt(1), Errc::not_found);
  EXPECT_ERRC(campus.gallery.erasure_receipt(1000), Errc::not_found);
  const std::uint64_t commit = campus.gallery.remove("ada").commit;
  campus.gallery.close();
  test::run_sql(campus.path, "UPDATE erasures SET revoked_in = 900");
  campus.gallery = Gallery::open(campus.path, {campus.key});
  EXPECT_ERRC(campus.gallery.erasure_receipt(900), Errc::not_found);
  EXPECT_ERRC(campus.gallery.erasure_receipt(commit), Errc::not_found);
}

}  // namespace
}  // namespace morgiana
