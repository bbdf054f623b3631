#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "errors.hpp"
#include "gallery/lost_gallery.hpp"
#include "store/durable_file.hpp"

namespace morgiana {
namespace {

namespace fs = std::filesystem;

struct RevocationLedgers : LostGallery {};

TEST_F(RevocationLedgers, HasRemovalsFromWhenTheAnchorWasAway) {
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

TEST_F(RevocationLedgers, IsBegunAnewUnderAnOpenGallery) {
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

TEST_F(RevocationLedgers, OfBeforeIsBroughtUp) {
  begin(memory.anchor());
  const Anchor::Value older = memory.ledger;
  open(memory.anchor()).remove("ada");
  memory.ledger = older;
  open(memory.anchor()).enrol("eve", {person("eve")});
  lose();
  EXPECT_EQ(names(restore(memory.anchor()).revoked), Names{"ada"});
}

TEST_F(RevocationLedgers, IsNotWrittenByTheLostGallery) {
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

TEST_F(RevocationLedgers, GivesNoAnchorToAnOlderCopy) {
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

TEST_F(RevocationLedgers, IsNeeded) {
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

TEST_F(RevocationLedgers, HasRemovalsFromBeforeIt) {
  begin(memory.anchor(false));
  open(memory.anchor(false)).remove("bob");
  open(memory.anchor()).enrol("eve", {person("eve")});
  lose();
  EXPECT_EQ(names(restore(memory.anchor()).revoked), Names{"bob"});
}

TEST_F(RevocationLedgers, HasRemovalsBetweenTwoAnchors) {
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

TEST_F(RevocationLedgers, HasRemovalsFromWhenItWasFull) {
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

TEST_F(RevocationLedgers, HasRemovalsThatOnlyABackupKnew) {
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

TEST_F(RevocationLedgers, IsReadWithHalfAnEntryAtItsEnd) {
  begin(file);
  open(file).remove("bob");
  std::ofstream(ledger, std::ios::binary | std::ios::app) << "half";
  EXPECT_EQ(names(restore((lose(), file)).revoked), Names{"bob"});
  open(file).remove("ada");
  lose();
  EXPECT_EQ(names(restore(file).revoked), (Names{"ada", "bob"}));
}

TEST_F(RevocationLedgers, IsRefusedWhereItIsDamagedOrOfAnother) {
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

}  // namespace
}  // namespace morgiana
