#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "errors.hpp"
#include "gallery/campus.hpp"
#include "store/durable_file.hpp"

namespace morgiana {
namespace {

namespace fs = std::filesystem;

/// An anchor in memory with a ledger.
struct Register {
  Anchor anchor(bool keeps_ledger = true) {
    const Anchor::Ledger kept{[this](const Anchor::Value& entries) {
                                if (is_full) throw std::runtime_error("the ledger is full");
                                ledger.insert(ledger.end(), entries.begin(), entries.end());
                              },
                              [this] { return ledger; }};
    return Anchor::callback([this] { return held; },
                            [this](const Anchor::Value& expected, const Anchor::Value& next) {
                              if (held != expected || is_stuck) return false;
                              held = next;
                              if (loses_the_answer) throw std::runtime_error("no answer came");
                              return true;
                            },
                            keeps_ledger ? std::optional(kept) : std::nullopt);
  }

  Anchor::Value held;
  Anchor::Value ledger;
  bool is_full = false;
  bool is_stuck = false;
  bool loses_the_answer = false;
};

struct Restorations : ::testing::Test {
  /// Ada, Bob and Cid are enrolled, and there is a backup of that.
  void begin(const Anchor& anchor) {
    Gallery gallery =
        Gallery::create(path, {.model = campus.model, .key = campus.key, .anchor = anchor});
    for (const char* name : {"ada", "bob", "cid"}) gallery.enrol(name, {person(name)});
    gallery.backup(backup);
  }
  Gallery open(const Anchor& anchor) {
    return Gallery::open(path, {.key = campus.key, .anchor = anchor});
  }
  Restoration restore(const Anchor& anchor) {
    return Gallery::restore(backup, path, {.key = campus.key, .anchor = anchor});
  }
  void take_away(const std::string& gallery) {
    for (const char* ending : {"", "-wal", "-shm", ".keyset"}) fs::remove(gallery + ending);
  }
  void lose() { take_away(path); }
  Template person(const std::string& name) {
    const auto known = people.find(name);
    return known != people.end() ? known->second
                                 : people.emplace(name, campus.person()).first->second;
  }
  static Names names(const std::vector<SubjectId>& ids) {
    Names all;
    for (const SubjectId& id : ids) all.push_back(id.str());
    return all;
  }
  Names enrolled(const Anchor& anchor) { return names(open(anchor).subjects(9)); }

  Campus campus;
  std::map<std::string, Template> people;
  std::string path = campus.folder / "g";
  std::string backup = campus.folder / "backup";
  std::string ledger = campus.folder / "anchor.revoked";
  Anchor file = Anchor::file(campus.folder / "anchor");
  Register memory;
};

TEST_F(Restorations, LeaveOutWhoWasRevokedSince) {
  for (const Anchor& anchor : {file, memory.anchor()}) {
    begin(anchor);
    {
      Gallery gallery = open(anchor);
      gallery.remove("bob");
      const Template other = campus.person();
      gallery.update("cid", std::span(&other, 1));
      gallery.enrol("eve", {person("eve")});
    }
    lose();
    const Restoration restored = restore(anchor);
    EXPECT_EQ(names(restored.revoked), (Names{"bob", "cid"}));
    EXPECT_EQ(restored.num_subjects, 1U);
    {
      const Gallery gallery = open(anchor);
      EXPECT_EQ(names(gallery.subjects(9)), Names{"ada"});
      const IdentifyOptions strict{.accept = {{0.9F}}};
      EXPECT_EQ(gallery.identify(person("ada"), strict).num_accepted(), 1U);
      EXPECT_EQ(gallery.identify(person("bob"), strict).num_accepted(), 0U);
      EXPECT_EQ(gallery.stats().num_pending_erasures, 0U);
    }
    EXPECT_EQ(Gallery::check(path, {.key = campus.key, .anchor = anchor}).problems, Names{});
    lose();
    take_away(backup);
  }
}

TEST_F(Restorations, AreOneAfterTheOther) {
  begin(file);
  open(file).remove("bob");
  lose();
  restore(file);
  {
    Gallery gallery = open(file);
    gallery.enrol("eve", {person("eve")});
    gallery.remove("ada");
    gallery.backup(campus.folder / "later");
  }
  lose();
  EXPECT_EQ(names(restore(file).revoked), (Names{"ada", "bob"}));
  EXPECT_EQ(enrolled(file), Names{"cid"});
  lose();
  backup = campus.folder / "later";  // of a gallery that was left behind
  EXPECT_EQ(names(restore(file).revoked), Names{"eve"});
  EXPECT_EQ(enrolled(file), Names{"cid"});
}

TEST_F(Restorations, GiveNoNumberAgain) {
  begin(file);
  std::uint64_t last = 0;
  {
    Gallery gallery = open(file);
    gallery.enrol("eve", {person("eve")});
    last = gallery.enrolled("eve")->enrolment;
    gallery.remove("eve");
  }
  lose();
  restore(file);
  {
    Gallery gallery = open(file);
    gallery.enrol("new", {person("new")});
    EXPECT_GT(gallery.enrolled("new")->enrolment, last);
    gallery.backup(campus.folder / "later");
  }
  lose();
  backup = campus.folder / "later";
  EXPECT_EQ(names(restore(file).revoked), Names{}) << "who is new was taken for who was removed";
}

TEST_F(Restorations, LeaveOutWhoTheLostGalleryAloneHad) {
  begin(file);
  {
    Gallery gallery = open(file);
    gallery.enrol("eve", {person("eve")});
    gallery.backup(campus.folder / "found");
  }
  lose();
  restore(file);
  {
    Gallery gallery = open(file);
    gallery.enrol("eve", {person("eve")});
    gallery.remove("eve");  // by her number in this gallery, of which the backup knows nothing
  }
  lose();
  backup = campus.folder / "found";
  EXPECT_EQ(names(restore(file).revoked), Names{"eve"});
  EXPECT_EQ(enrolled(file), (Names{"ada", "bob", "cid"}));
}

TEST_F(Restorations, KnowOfRemovalsAfterTheAnchorWasAwayOnce) {
  begin(memory.anchor());
  {
    Gallery gallery = open(memory.anchor());
    const Anchor::Value held = std::exchange(memory.held, {});
    const Anchor::Value kept = memory.ledger;
    EXPECT_ERRC(gallery.remove("ada"), Errc::anchor_failed);
    EXPECT_EQ(memory.ledger, kept) << "written to a place that is not its own";
    memory.held = held;
    gallery.remove("bob");
  }
  lose();
  EXPECT_EQ(names(restore(memory.anchor()).revoked), (Names{"ada", "bob"}));
}

TEST_F(Restorations, KnowOfRemovalsThatALedgerLostUnderAnOpenGallery) {
  begin(memory.anchor());
  const Anchor::Value older = memory.held;
  {
    Gallery gallery = open(memory.anchor());
    gallery.remove("ada");
    memory.held = older;  // what is put back is an older anchor alone
    memory.ledger.clear();
    gallery.remove("bob");
  }
  lose();
  EXPECT_EQ(names(restore(memory.anchor()).revoked), (Names{"ada", "bob"}));
}

TEST_F(Restorations, KnowOfRemovalsThatAnOlderLedgerLacks) {
  begin(memory.anchor());
  const Anchor::Value older = memory.ledger;
  open(memory.anchor()).remove("ada");
  memory.ledger = older;
  open(memory.anchor()).enrol("eve", {person("eve")});
  lose();
  EXPECT_EQ(names(restore(memory.anchor()).revoked), Names{"ada"});
}

TEST_F(Restorations, LetTheLostGalleryWriteNothingMore) {
  begin(file);
  {
    Gallery gallery = open(file);
    gallery.enrol("eve", {person("eve")});
  }
  const std::string old = campus.folder / "old";
  fs::rename(path, old);
  fs::rename(path + ".keyset", old + ".keyset");
  Gallery running = Gallery::open(old, {.key = campus.key, .anchor = file});
  restore(file);
  const Bytes kept = store::read_file(ledger, 10'000);
  EXPECT_ERRC(running.remove("ada"), Errc::rolled_back);
  EXPECT_EQ(store::read_file(ledger, 10'000), kept);
}

TEST_F(Restorations, LeaveALedgerThatAnOlderCopyIsRefusedBy) {
  begin(file);
  open(file).remove("bob");
  fs::remove(campus.folder / "anchor");
  {
    Gallery older = Gallery::open(backup, {campus.key});
    EXPECT_ERRC(older.set_anchor(file), Errc::rolled_back);
  }
  {
    Gallery newest = Gallery::open(path, {campus.key});
    newest.set_anchor(file);
  }
  EXPECT_EQ(enrolled(file), (Names{"ada", "cid"}));
}

TEST_F(Restorations, HoldThoughTheAnswerOfTheAnchorIsLost) {
  begin(memory.anchor());
  open(memory.anchor()).remove("bob");
  lose();
  memory.loses_the_answer = true;
  EXPECT_EQ(names(restore(memory.anchor()).revoked), Names{"bob"});
  memory.loses_the_answer = false;
  EXPECT_EQ(enrolled(memory.anchor()), (Names{"ada", "cid"}));
}

TEST_F(Restorations, GiveReceiptsOfThoseAloneWhomTheyTookOut) {
  begin(file);
  {
    Gallery gallery = open(file);
    gallery.remove("bob");
    gallery.enrol("eve", {person("eve")});
  }
  lose();
  restore(file);
  const Gallery gallery = open(file);
  EXPECT_EQ(gallery.erasure_receipt(5).num_subjects, 1U);
}

TEST_F(Restorations, LeaveTheOldGalleryBehind) {
  begin(file);
  open(file).remove("bob");
  const std::string old = campus.folder / "old";
  fs::rename(path, old);
  fs::rename(path + ".keyset", old + ".keyset");
  Gallery running = Gallery::open(old, {.key = campus.key, .anchor = file});
  restore(file);
  EXPECT_ERRC(running.enrol("eve", {person("eve")}), Errc::rolled_back);
  running.close();
  EXPECT_ERRC(Gallery::open(old, {.key = campus.key, .anchor = file}), Errc::rolled_back);
  EXPECT_EQ(enrolled(file), (Names{"ada", "cid"}));
}

TEST_F(Restorations, OfTheNewestStateRevokeNobody) {
  begin(file);
  lose();
  EXPECT_EQ(names(restore(file).revoked), Names{});
  EXPECT_EQ(enrolled(file), (Names{"ada", "bob", "cid"}));
}

TEST_F(Restorations, NeedALedger) {
  begin(memory.anchor(false));
  {
    Gallery gallery = open(memory.anchor(false));
    gallery.remove("bob");
  }
  lose();
  EXPECT_ERRC(restore(memory.anchor(false)), Errc::anchor_failed);
  EXPECT_ERRC(restore(memory.anchor()), Errc::anchor_failed);  // of a ledger that was never begun
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(Restorations, KnowOfRemovalsFromBeforeTheLedger) {
  begin(memory.anchor(false));
  open(memory.anchor(false)).remove("bob");
  open(memory.anchor()).enrol("eve", {person("eve")});
  lose();
  EXPECT_EQ(names(restore(memory.anchor()).revoked), Names{"bob"});
}

TEST_F(Restorations, KnowOfRemovalsBetweenTwoAnchorsOfOneLedger) {
  begin(file);
  open(file).remove("ada");
  fs::remove(campus.folder / "anchor");
  {
    Gallery gallery = Gallery::open(path, {campus.key});
    gallery.remove("bob");
    gallery.set_anchor(file);
  }
  lose();
  EXPECT_EQ(names(restore(file).revoked), (Names{"ada", "bob"}));
}

TEST_F(Restorations, KnowOfRemovalsThatTheLedgerMissedWhileItWasAway) {
  begin(memory.anchor());
  {
    Gallery gallery = open(memory.anchor());
    gallery.enrol("eve", {person("eve")});
    memory.is_full = true;
    EXPECT_ERRC(gallery.remove("bob"), Errc::anchor_failed);
    EXPECT_FALSE(gallery.contains("bob")) << "a removal waits for no ledger";
    memory.is_full = false;
    gallery.remove("ada");
  }
  lose();
  EXPECT_EQ(names(restore(memory.anchor()).revoked), (Names{"ada", "bob"}));
}

TEST_F(Restorations, KnowOfRemovalsThatOnlyABackupKnew) {
  begin(memory.anchor());
  {
    Gallery gallery = open(memory.anchor());
    memory.is_full = true;
    EXPECT_ERRC(gallery.remove("bob"), Errc::anchor_failed);
    gallery.backup(campus.folder / "found");
  }
  lose();
  const std::string older = std::exchange(backup, campus.folder / "found");
  EXPECT_ERRC(restore(memory.anchor()), Errc::anchor_failed);
  EXPECT_FALSE(fs::exists(path));
  memory.is_full = false;
  EXPECT_EQ(names(restore(memory.anchor()).revoked), Names{});
  lose();
  backup = older;
  EXPECT_EQ(names(restore(memory.anchor()).revoked), Names{"bob"});
}

TEST_F(Restorations, ReadWhatACrashLeftOfAnEntry) {
  begin(file);
  open(file).remove("bob");
  std::ofstream(ledger, std::ios::binary | std::ios::app) << "half";
  EXPECT_EQ(names(restore((lose(), file)).revoked), Names{"bob"});
  open(file).remove("ada");
  lose();
  EXPECT_EQ(names(restore(file).revoked), (Names{"ada", "bob"}));
}

TEST_F(Restorations, RefuseALedgerThatIsDamagedOrOfAnother) {
  begin(file);
  open(file).remove("bob");
  lose();
  const Bytes good = store::read_file(ledger, 1000);
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes flipped = good;
    flipped[at] ^= 1;
    store::replace_file(ledger, flipped, store::Old::leave);
    SCOPED_TRACE(at);
    EXPECT_ERRC(restore(file), Errc::anchor_failed);
  }
  const Anchor other = Anchor::file(campus.folder / "other");
  campus.gallery.set_anchor(other);
  fs::copy_file(campus.folder / "other.revoked", ledger, fs::copy_options::overwrite_existing);
  EXPECT_ERRC(restore(file), Errc::anchor_failed);
  EXPECT_ERRC(restore(other), Errc::not_authentic);
  EXPECT_FALSE(fs::exists(path) || fs::exists(path + ".keyset"));
  fs::remove(ledger);
  EXPECT_ERRC(restore(file), Errc::anchor_failed);
  EXPECT_FALSE(fs::exists(path) || fs::exists(path + ".keyset"));
  store::replace_file(ledger, good, store::Old::leave);
  EXPECT_EQ(names(restore(file).revoked), Names{"bob"});
}

TEST_F(Restorations, LeaveNothingWhereTheyFail) {
  begin(memory.anchor());
  open(memory.anchor()).remove("bob");
  EXPECT_ERRC(restore(memory.anchor()), Errc::already_exists);
  EXPECT_EQ(enrolled(memory.anchor()), (Names{"ada", "cid"})) << "what is there is kept";
  lose();
  memory.is_stuck = true;
  EXPECT_ERRC(restore(memory.anchor()), Errc::locked);
  memory.is_stuck = false;
  EXPECT_ERRC(Gallery::restore(backup, path,
                               {.key = KeySource::create_file(campus.folder / "wrong"),
                                .anchor = memory.anchor()}),
              Errc::wrong_key);
  EXPECT_ERRC(Gallery::restore(campus.folder / "none", path,
                               {.key = campus.key, .anchor = memory.anchor()}),
              Errc::not_found);
  EXPECT_FALSE(fs::exists(path) || fs::exists(path + ".keyset"));
  EXPECT_EQ(names(restore(memory.anchor()).revoked), Names{"bob"});
}

TEST_F(Restorations, RefuseABackupOfWhichNobodyIsLeft) {
  begin(file);
  open(file).renew();
  lose();
  EXPECT_ERRC(restore(file), Errc::not_found);
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(Restorations, OpenOldKeysetsAfterARotation) {
  begin(file);
  {
    Gallery gallery = open(file);
    gallery.remove("bob");
    gallery.rotate_keys();
  }
  lose();
  EXPECT_EQ(names(restore(file).revoked), Names{"bob"});
  Gallery gallery = open(file);
  EXPECT_EQ(gallery.rotate_keys().old_keys, Erasure::done);
  EXPECT_EQ(names(gallery.subjects(9)), (Names{"ada", "cid"}));
}

}  // namespace
}  // namespace morgiana
