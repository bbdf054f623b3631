#include <cstdio>
#include <filesystem>
#include <map>

#include "errors.hpp"
#include "gallery/campus.hpp"
#include "gallery/keyset_file.hpp"
#include "gallery/vault.hpp"
#include "leakage/key_scan.hpp"
#include "store/database.hpp"

namespace morgiana {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPeople = 14'000;
constexpr std::size_t kRemoved = 10'000;
constexpr std::size_t kAtOnce = 250;

using SubjectKeys = std::map<std::uint64_t, seal::SecretKey>;

/// A gallery of people who come, change and go, in a folder of its own; its key file lies
/// elsewhere, as that is what the attacker has.
struct Churn : ::testing::Test {
  Churn() : gallery(Gallery::create(path, {campus.model, campus.key})) {
    fs::permissions(folder.path(), fs::perms::owner_all);
    enrol(0, kPeople);
  }

  static SubjectId id(std::size_t number) { return SubjectId("p" + std::to_string(number)); }

  std::vector<Enrolment> some(std::size_t first, std::size_t count) {
    std::vector<Enrolment> people;
    for (std::size_t i = first; i < first + count; ++i) {
      people.push_back({id(i), {campus.person()}});
    }
    return people;
  }
  void enrol(std::size_t first, std::size_t count) { gallery.enrol(some(first, count)); }
  void remove(std::size_t first, std::size_t count) {
    std::vector<SubjectId> gone;
    for (std::size_t i = first; i < first + count; ++i) gone.push_back(id(i));
    EXPECT_EQ(gallery.remove(gone).erasure, Erasure::done);
  }

  seal::Keyset keyset() const { return read_keyset(path + ".keyset", campus.key); }

  /// Everybody's key, as long as they are enrolled.
  void note_keys(SubjectKeys& keys) const {
    const store::Database database = store::Database::follow(path);
    const store::Snapshot snapshot = database.snapshot();
    const Vault vault({store::kFormatVersion, snapshot.gallery().uuid, campus.model}, keyset(), {});
    Vault::Opener opener(vault);
    for (const auto& [subject_key, slot] : snapshot.owned_slots(0, 1'000'000)) {
      seal::KeySlot wrapped;
      snapshot.slot(slot, wrapped);
      keys.emplace(subject_key, opener.unwrap(subject_key, slot, wrapped));
    }
  }
  std::size_t num_recovered(const SubjectKeys& keys, const seal::Keyset& with,
                            const std::string& from) const {
    test::KeyScan scan(with);
    for (const auto& [subject_key, key] : keys) scan.look_for(subject_key, key);
    const std::size_t found = scan.run(from).size();
    std::printf("%zu of %zu subject keys recovered, %llu windows tried\n", found, keys.size(),
                static_cast<unsigned long long>(scan.num_windows()));
    return found;
  }

  test::ScratchFolder folder;
  Campus campus;
  std::string path = folder / "g";
  Gallery gallery;
};

TEST_F(Churn, NothingOfWhoWasRemovedIsRecoveredFromAnyFile) {
  SubjectKeys gone;
  note_keys(gone);
  ASSERT_EQ(gone.size(), kPeople);
  EXPECT_EQ(num_recovered(gone, keyset(), folder.path()), kPeople)
      << "the scan recovers the living";

  std::size_t next = kPeople;
  for (std::size_t first = 0; first < kRemoved; first += kAtOnce) {
    remove(first, kAtOnce);
    if (first % (4 * kAtOnce) != 0) continue;
    gallery.update(some(kRemoved + first % (kPeople - kRemoved), kAtOnce));
    enrol(next, kAtOnce);
    next += kAtOnce;
  }
  note_keys(gone);  // as well who came, or was changed, meanwhile
  SubjectKeys alive;
  note_keys(alive);
  for (const auto& [subject_key, key] : alive) gone.erase(subject_key);
  EXPECT_GE(gone.size(), kRemoved);
  EXPECT_EQ(num_recovered(gone, keyset(), folder.path()), 0U);
  EXPECT_EQ(num_recovered(alive, keyset(), folder.path()), alive.size());
  gallery.close();
  EXPECT_EQ(num_recovered(gone, keyset(), folder.path()), 0U);
}

TEST_F(Churn, OldCopiesAreClosedToWhoHasTheKeysOfAfterAPurgeOrARenewal) {
  SubjectKeys everybody;
  note_keys(everybody);
  gallery.close();
  const seal::Keyset before = keyset();
  const test::ScratchFolder old;
  fs::copy(folder.path(), old.path(), fs::copy_options::recursive);
  gallery = Gallery::open(path, {campus.key});
  remove(0, kRemoved);
  gallery.purge();
  SubjectKeys alive;
  note_keys(alive);
  EXPECT_EQ(alive.size(), kPeople - kRemoved);
  EXPECT_EQ(num_recovered(everybody, before, old.path()), kPeople) << "the old keyset opens them";
  EXPECT_EQ(num_recovered(everybody, keyset(), old.path()), 0U);
  EXPECT_EQ(num_recovered(everybody, keyset(), folder.path()), alive.size());
  EXPECT_EQ(num_recovered(everybody, before, folder.path()), 0U);
  const seal::Keyset purged = keyset();
  const test::ScratchFolder newer;
  gallery.close();
  fs::copy(folder.path(), newer.path(), fs::copy_options::recursive);
  gallery = Gallery::open(path, {campus.key});
  gallery.renew();
  EXPECT_EQ(num_recovered(alive, purged, newer.path()), alive.size());
  EXPECT_EQ(num_recovered(alive, keyset(), newer.path()), 0U);
  EXPECT_EQ(num_recovered(alive, keyset(), folder.path()), 0U) << "everybody's key is another";
}

}  // namespace
}  // namespace morgiana
