#include <filesystem>
#include <fstream>
#include <limits>

#include <sys/stat.h>

#include "errors.hpp"
#include "gallery/campus.hpp"

namespace morgiana {
namespace {

TEST(Gallery, RecognisesTheEnrolledAndNobodyElse) {
  Campus campus;
  const Template ada = campus.person();
  const Template bob = campus.person();
  campus.gallery.enrol("ada", {ada});
  campus.gallery.enrol("bob", {bob});
  EXPECT_EQ(campus.find(campus.again(ada)), Names{"ada"});
  EXPECT_EQ(campus.find(campus.again(bob)), Names{"bob"});
  EXPECT_TRUE(campus.find(campus.person()).empty());
}

TEST(Gallery, KeepsEverythingAcrossReopening) {
  Campus campus;
  std::vector<Template> people;
  for (int i = 0; i < 300; ++i) {
    people.push_back(campus.person());
    campus.gallery.enrol("p" + std::to_string(i), {people.back(), campus.again(people.back())});
    if (i % 3 == 0) campus.gallery.remove("p" + std::to_string(i));
  }
  campus.reopen();
  EXPECT_EQ(campus.gallery.stats().num_subjects, 200U);
  EXPECT_EQ(campus.gallery.stats().num_references, 400U);
  for (int i = 0; i < 300; ++i) {
    const Names expected = i % 3 == 0 ? Names{} : Names{"p" + std::to_string(i)};
    EXPECT_EQ(campus.find(people[static_cast<std::size_t>(i)]), expected) << i;
  }
}

TEST(Gallery, ScoresASubjectByItsBestReference) {
  Campus campus;
  const Template front = campus.person();
  const Template side = campus.person();
  campus.gallery.enrol("ada", {front, side});
  EXPECT_EQ(campus.find(front), Names{"ada"});
  EXPECT_EQ(campus.find(side), Names{"ada"});
  EXPECT_TRUE(campus.gallery.verify("ada", side, {{{0.9F}}}).accepted());
}

TEST(Gallery, AnswersABatchAsItAnswersOneByOne) {
  Campus campus;
  campus.gallery.close();
  campus.gallery = Gallery::open(campus.path, {.key = campus.key, .refusals = std::nullopt});
  std::vector<Template> people;
  for (int i = 0; i < 40; ++i) {
    people.push_back(campus.person());
    campus.gallery.enrol("p" + std::to_string(i), {people.back()});
  }
  std::vector<Template> probes = people;
  for (int i = 0; i < 600; ++i) probes.push_back(campus.person());
  const IdentifyOptions options{.accept = {{0.2F}}, .margin = 0.1F, .include_scores = true};
  const auto batch = campus.gallery.identify(probes, options);
  ASSERT_EQ(batch.size(), probes.size());
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const Identification one = campus.gallery.identify(probes[i], options);
    ASSERT_EQ(batch[i].candidates().size(), one.candidates().size());
    EXPECT_EQ(batch[i].runner_up(), one.runner_up());
    for (std::size_t k = 0; k < one.candidates().size(); ++k) {
      EXPECT_EQ(batch[i].candidates()[k].subject, one.candidates()[k].subject);
      EXPECT_EQ(batch[i].candidates()[k].score, one.candidates()[k].score);
    }
  }
}

TEST(Gallery, FindsTheRunnerUpBelowTheThreshold) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {campus.again(ada, 0.62)});
  campus.gallery.enrol("eve", {campus.again(ada, 0.58)});
  const auto found = campus.gallery.identify(ada, {.accept = {{0.6F}}, .margin = 0.05F});
  EXPECT_EQ(found.candidates().size(), 1U);
  ASSERT_TRUE(found.runner_up().has_value());
  EXPECT_EQ(found.runner_up()->str(), "eve");
  EXPECT_EQ(decide(found, {{{0.6F}}, 0.05F}).reason, Reason::ambiguous);
}

TEST(Gallery, EnrolsAllOrNobody) {
  Campus campus;
  campus.gallery.enrol("ada", {campus.person()});
  const Template bob = campus.person();
  const std::vector<Enrolment> with_known = {{"bob", {bob}}, {"ada", {campus.person()}}};
  EXPECT_ERRC(campus.gallery.enrol(with_known), Errc::duplicate_subject);
  const std::vector<Enrolment> twice = {{"bob", {bob}}, {"bob", {campus.person()}}};
  EXPECT_ERRC(campus.gallery.enrol(twice), Errc::duplicate_subject);
  const std::vector<Enrolment> empty = {{"bob", {bob}}, {"cat", {}}};
  EXPECT_ERRC(campus.gallery.enrol(empty), Errc::invalid_argument);
  const std::vector<Enrolment> foreign = {
      {"bob", {bob}}, {"cat", {Template({"other", Campus::kDim}, bob.values())}}};
  EXPECT_ERRC(campus.gallery.enrol(foreign), Errc::model_mismatch);
  EXPECT_TRUE(campus.find(bob).empty());
  EXPECT_FALSE(campus.gallery.contains("bob"));
  campus.gallery.enrol("bob", {bob});  // the slots and numbers of the failures are not in its way
  campus.reopen();
  EXPECT_EQ(campus.find(bob), Names{"bob"});
  EXPECT_EQ(campus.gallery.stats().num_subjects, 2U);
}

TEST(Gallery, RemovesAllOrNobodyAndErasesAtOnce) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  const std::vector<SubjectId> both = {"ada", "nobody"};
  EXPECT_ERRC(campus.gallery.remove(both), Errc::unknown_subject);
  EXPECT_EQ(campus.find(ada), Names{"ada"});
  const Removal removal = campus.gallery.remove("ada");
  EXPECT_EQ(removal.num_removed, 1U);
  EXPECT_EQ(removal.erasure, Erasure::done);
  EXPECT_TRUE(campus.find(ada).empty());
  EXPECT_ERRC(campus.gallery.verify("ada", ada, {{{0.5F}}}), Errc::unknown_subject);
  EXPECT_EQ(campus.gallery.stats().num_pending_erasures, 0U);
}

TEST(Gallery, UsesTheSlotOfARemovedSubjectAgain) {
  Campus campus;
  for (int round = 0; round < 3; ++round) {
    std::vector<Enrolment> crowd;
    for (int i = 0; i < 128; ++i) crowd.push_back({"p" + std::to_string(i), {campus.person()}});
    campus.gallery.enrol(crowd);
    std::vector<SubjectId> all;
    for (const Enrolment& one : crowd) all.push_back(one.subject);
    if (round < 2) campus.gallery.remove(all);
  }
  campus.reopen();
  EXPECT_EQ(campus.gallery.stats().num_subjects, 128U);
}

TEST(Gallery, RefusesSearchesThatMeanNothing) {
  Campus campus;
  const Template ada = campus.person();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float threshold : {1.01F, -1.01F, nan}) {
    EXPECT_ERRC(campus.gallery.identify(ada, {.accept = {{threshold}}}), Errc::invalid_argument);
  }
  for (const float margin : {-0.1F, 2.1F, nan}) {
    EXPECT_ERRC(campus.gallery.identify(ada, {.accept = {{0.5F}}, .margin = margin}),
                Errc::invalid_argument);
  }
  EXPECT_ERRC(campus.gallery.identify(ada, {.accept = {{0.5F}}, .max_candidates = 0}),
              Errc::invalid_argument);
  EXPECT_ERRC(campus.gallery.identify(Template({"other", Campus::kDim}, ada.values()),
                                      {.accept = {{0.5F}}}),
              Errc::model_mismatch);
}

TEST(Gallery, AnEmptyGalleryFindsNobodyAndDecidesNothing) {
  Campus campus;
  const auto found = campus.gallery.identify(campus.person(), {.accept = {{-1.0F}}});
  EXPECT_TRUE(found.candidates().empty());
  EXPECT_EQ(decide(found, {{{0.5F}}}).reason, Reason::empty_gallery);
}

TEST(Gallery, EveryVerbSaysThatItIsClosed) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.close();
  campus.gallery.close();
  EXPECT_ERRC(campus.gallery.enrol("ada", {ada}), Errc::closed);
  EXPECT_ERRC(campus.gallery.identify(ada, {.accept = {{0.5F}}}), Errc::closed);
  EXPECT_ERRC(campus.gallery.verify("ada", ada, {{{0.5F}}}), Errc::closed);
  EXPECT_ERRC(campus.gallery.remove("ada"), Errc::closed);
  EXPECT_ERRC(campus.gallery.stats(), Errc::closed);
  const Gallery moved = std::move(campus.gallery);
  EXPECT_ERRC(campus.gallery.stats(), Errc::closed);  // NOLINT: what a moved-from handle says
}

TEST(Gallery, OpensForOneHandleAtATime) {
  Campus campus;
  EXPECT_ERRC(Gallery::open(campus.path, {campus.key}), Errc::locked);
  campus.gallery.close();
  EXPECT_NO_THROW(Gallery::open(campus.path, {campus.key}));
}

TEST(Gallery, OverwritesNothingWhenItIsCreated) {
  Campus campus;
  const Template ada = campus.person();
  campus.gallery.enrol("ada", {ada});
  campus.gallery.close();
  EXPECT_ERRC(Gallery::create(campus.path, {campus.model, campus.key}), Errc::already_exists);
  EXPECT_ERRC(KeySource::create_file(campus.key.path()), Errc::already_exists);
  std::filesystem::remove(campus.path);
  EXPECT_ERRC(Gallery::create(campus.path, {campus.model, campus.key}), Errc::already_exists);
}

TEST(Gallery, IsTheOneItWasWhereverTheProcessGoes) {
  Campus campus;
  const auto before = std::filesystem::current_path();
  std::filesystem::create_directory(campus.folder / "elsewhere");
  std::filesystem::current_path(campus.folder.path());
  Gallery gallery = Gallery::create("relative", {campus.model, campus.key});
  std::filesystem::current_path(campus.folder / "elsewhere");
  gallery.enrol("ada", {campus.person()});
  EXPECT_EQ(gallery.stats().num_subjects, 1U);
  EXPECT_NO_THROW(gallery.backup("copy"));
  std::filesystem::current_path(before);
}

TEST(Gallery, HasNoNameThatSqliteTakesForItsOwn) {
  Campus campus;
  for (const char* name :
       {"g-journal", "g-wal", "g-shm", "g.lock", "g.keyset", "g.keyset.new", "g.creating"}) {
    EXPECT_ERRC(Gallery::create(campus.folder / name, {campus.model, campus.key}),
                Errc::invalid_argument);
  }
}

TEST(Gallery, AFailedCreateLeavesNoGalleryBehind) {
  test::ScratchFolder folder;
  const std::string path = folder / "g";
  EXPECT_ERRC(Gallery::create(path, {{"m", 64}, KeySource::file(folder / "no.key")}),
              Errc::not_found);
  EXPECT_ERRC(Gallery::create(path, {{"m", 5000}, KeySource::file(folder / "no.key")}),
              Errc::invalid_argument);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".keyset"));
  const KeySource key = KeySource::create_file(folder / "key");
  EXPECT_NO_THROW(Gallery::create(path, {{"m", 64}, key}));
}

TEST(Gallery, RefusesAKeyThatIsWrongExposedOrNoKey) {
  Campus campus;
  campus.gallery.close();
  const KeySource other = KeySource::create_file(campus.folder / "other.key");
  EXPECT_ERRC(Gallery::open(campus.path, {other}), Errc::wrong_key);
  EXPECT_ERRC(Gallery::open(campus.path, {KeySource::file(campus.folder / "none")}),
              Errc::not_found);
  const std::string text = campus.folder / "text.key";
  std::ofstream(text) << "not a key";
  ::chmod(text.c_str(), 0600);
  EXPECT_ERRC(Gallery::open(campus.path, {KeySource::file(text)}), Errc::bad_key_file);
  for (const unsigned mode : {0640U, 0604U, 0620U, 0610U}) {
    ::chmod(campus.key.path().c_str(), mode);
    EXPECT_ERRC(Gallery::open(campus.path, {campus.key}), Errc::bad_key_file);
  }
  ::chmod(campus.key.path().c_str(), 0600);
  EXPECT_NO_THROW(Gallery::open(campus.path, {campus.key}));
}

TEST(Gallery, RefusesWhatIsNoGallery) {
  Campus campus;
  EXPECT_ERRC(Gallery::open(campus.folder / "absent", {campus.key}), Errc::not_found);
  EXPECT_FALSE(std::filesystem::exists(campus.folder / "absent.lock"));
  const std::string text = campus.folder / "text";
  std::ofstream(text) << std::string(100000, 'x');
  EXPECT_ERRC(Gallery::open(text, {campus.key}), Errc::not_a_gallery);
  std::ofstream(campus.folder / "empty");
  EXPECT_ERRC(Gallery::open(campus.folder / "empty", {campus.key}), Errc::not_a_gallery);
}

TEST(Gallery, WritesFilesForItsOwnerOnly) {
  Campus campus;
  campus.gallery.enrol("ada", {campus.person()});
  for (const auto& entry : std::filesystem::directory_iterator(campus.folder.path())) {
    const auto open_to_others =
        std::filesystem::perms::group_all | std::filesystem::perms::others_all;
    EXPECT_EQ(entry.status().permissions() & open_to_others, std::filesystem::perms::none)
        << entry.path();
  }
}

TEST(Gallery, KnowsOneGalleryByEveryNameOfIt) {
  Campus campus;
  const std::string link = campus.folder / "link";
  std::filesystem::create_symlink(campus.path, link);
  EXPECT_ERRC(Gallery::open(link, {campus.key}), Errc::locked);
  campus.gallery.close();
  EXPECT_EQ(Gallery::open(link, {campus.key}).stats().num_subjects, 0U);
}

TEST(Gallery, RefusesNamesThatBelongToItsParts) {
  Campus campus;
  for (const char* ending : {".creating", ".keyset", ".lock", "-wal", "-shm"}) {
    const std::string path = campus.folder / "other" + std::string(ending);
    EXPECT_ERRC(Gallery::create(path, {campus.model, campus.key}), Errc::invalid_argument);
  }
  EXPECT_ERRC(Gallery::create("", {campus.model, campus.key}), Errc::invalid_argument);
  EXPECT_ERRC(Gallery::create(campus.folder / "no/where", {campus.model, campus.key}),
              Errc::not_found);
  std::ofstream(campus.folder / "stale-wal") << "left";
  EXPECT_ERRC(Gallery::create(campus.folder / "stale", {campus.model, campus.key}),
              Errc::already_exists);
}

TEST(Gallery, ARefusedCreateLeavesNoFileBehind) {
  Campus campus;
  const auto num_files = [&] {
    const std::filesystem::directory_iterator all(campus.folder.path());
    return std::distance(begin(all), end(all));
  };
  const std::string path = campus.folder / "other";
  const auto before = num_files();
  EXPECT_ERRC(Gallery::create(path, {campus.model, KeySource::file(campus.folder / "absent.key")}),
              Errc::not_found);
  EXPECT_ERRC(Gallery::create(path, {campus.model, KeySource::file(campus.path)}),
              Errc::bad_key_file);
  EXPECT_ERRC(Gallery::create(path, {{"bad model", 1}, campus.key}), Errc::invalid_argument);
  EXPECT_EQ(num_files(), before);
}

TEST(Gallery, AMovedFromHandleIsClosedAndClosesAgain) {
  Campus campus;
  Gallery taken = std::move(campus.gallery);
  EXPECT_NO_THROW(campus.gallery.close());
  EXPECT_ERRC(campus.gallery.stats(), Errc::closed);
  SubjectId id("ada");
  const SubjectId moved = std::move(id);
  EXPECT_ERRC(taken.enrol(id, {campus.person()}), Errc::invalid_argument);
  campus.gallery = std::move(taken);
}

}  // namespace
}  // namespace morgiana
