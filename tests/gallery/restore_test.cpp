#include <filesystem>
#include <string>

#include "errors.hpp"
#include "gallery/lost_gallery.hpp"

namespace morgiana {
namespace {

namespace fs = std::filesystem;

struct Restorations : LostGallery {};

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
