#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "data.hpp"
#include "errors.hpp"
#include "golden/answers.hpp"
#include "store/records.hpp"

namespace morgiana::golden {
namespace {

/// A golden gallery in a folder of its own: the files that are kept are never opened.
class Golden : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  void SetUp() override {
    namespace fs = std::filesystem;
    for (const char* name : {kDatabase, kKeyset, kKey}) {
      fs::copy_file(folder_of(GetParam()) + name, folder_ / name);
      fs::permissions(folder_ / name, fs::perms::owner_read | fs::perms::owner_write);
    }
    std::ifstream(folder_of(GetParam()) + kAnswers) >> answers_;
    ASSERT_EQ(answers_.at("format"), GetParam());
    ASSERT_FALSE(answers_.at("subjects").empty());
    ASSERT_FALSE(answers_.at("probes").empty());
    ASSERT_FALSE(answers_.at("searches").empty());
    model_ = {answers_.at("model").at("name"), answers_.at("model").at("dim")};
  }

  std::string path() const { return folder_ / kDatabase; }
  OpenOptions options(References references = References::sealed) const {
    return {
        .key = KeySource::file(folder_ / kKey), .memory = {references}, .refusals = std::nullopt};
  }
  Gallery open() const { return Gallery::open(path(), options()); }

  Template template_of(const Json& text) const {
    return {model_, floats_of(text.get<std::string>())};
  }
  Template probe(std::size_t number) const {
    return template_of(answers_.at("probes").at(number).at("values"));
  }
  float score(std::size_t number, const std::string& id) const {
    return float_of(answers_.at("probes").at(number).at("scores").at(id).get<std::string>());
  }
  std::vector<SubjectId> expected_ids() const {
    std::vector<SubjectId> ids;
    for (const Json& one : answers_.at("subjects")) ids.emplace_back(one.at("id"));
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  void expect_members(const Gallery& gallery) const;
  void expect_search(const Gallery& gallery, const Json& expected) const;
  void expect_answers(const Gallery& gallery) const;

  test::ScratchFolder folder_;
  Json answers_;
  ModelId model_;
};

void Golden::expect_members(const Gallery& gallery) const {
  EXPECT_EQ(gallery.subjects(1000), expected_ids());
  std::uint64_t num_references = 0;
  for (const Json& one : answers_.at("subjects")) {
    num_references += one.at("references").size();
    EXPECT_TRUE(gallery.contains(one.at("id").get<std::string>())) << one.at("id");
  }
  for (const std::string id : answers_.at("removed")) EXPECT_FALSE(gallery.contains(id)) << id;
  const Stats stats = gallery.stats();
  EXPECT_EQ(stats.model, model_);
  EXPECT_EQ(stats.num_subjects, answers_.at("subjects").size());
  EXPECT_EQ(stats.num_references, num_references);
  EXPECT_EQ(stats.num_pending_erasures, 0U);
}

void Golden::expect_search(const Gallery& gallery, const Json& expected) const {
  SCOPED_TRACE(expected.dump());
  const auto number = expected.at("probe").get<std::size_t>();
  const auto text = [&](const char* name) { return expected.at(name).get<std::string>(); };
  const Identification found =
      gallery.identify(probe(number), {.accept = {{float_of(text("accept"))}},
                                       .margin = float_of(text("margin")),
                                       .include_scores = true,
                                       .cohorts = {bits_of<std::uint64_t>(text("cohorts"))}});
  ASSERT_EQ(found.candidates().size(), expected.at("candidates").size());
  EXPECT_EQ(found.num_accepted(), expected.at("candidates").size());
  for (std::size_t i = 0; i < found.candidates().size(); ++i) {
    const std::string id = expected.at("candidates").at(i);
    EXPECT_EQ(found.candidates()[i].subject.str(), id);
    EXPECT_EQ(hex(found.candidates()[i].score->cosine), hex(score(number, id)));
  }
  EXPECT_EQ(found.runner_up() ? Json(found.runner_up()->str()) : Json(), expected.at("runner_up"));
  EXPECT_EQ(found.searched().num_subjects, expected.at("num_subjects"));
  EXPECT_EQ(found.searched().num_references, expected.at("num_references"));
}

void Golden::expect_answers(const Gallery& gallery) const {
  for (const Json& search : answers_.at("searches")) expect_search(gallery, search);
  for (std::size_t number = 0; number < answers_.at("probes").size(); ++number) {
    for (const SubjectId& id : expected_ids()) {
      const float least = score(number, id.str());
      const auto found =
          gallery.verify(id, probe(number), {.accept = {{least}}, .include_scores = true});
      EXPECT_TRUE(found.accepted()) << id.str() << ", probe " << number;
      EXPECT_EQ(hex(found.score()->cosine), hex(least)) << id.str() << ", probe " << number;
    }
  }
}

TEST_P(Golden, IsOpenedByKeysetsOfAllVersions) {
  namespace fs = std::filesystem;
  const auto exchange = [&](const char* name) {
    const std::string keyset = folder_of(GetParam()) + name;
    if (!fs::exists(keyset)) GTEST_SKIP() << "this format has no keyset of that kind";
    fs::copy_file(keyset, folder_ / kKeyset, fs::copy_options::overwrite_existing);
  };
  exchange("key_file.keyset");
  expect_members(open());
  exchange("passphrase.keyset");
  OpenOptions by_words = options();
  by_words.key = KeySource::passphrase("golden passphrase");
  expect_members(Gallery::open(path(), by_words));
}

TEST_P(Golden, HasItsMembers) {
  expect_members(open());
}

TEST_P(Golden, AnswersBitForBit) {
  for (const References references : {References::sealed, References::resident}) {
    expect_answers(Gallery::open(path(), options(references)));
  }
}

TEST_P(Golden, IsFollowed) {
  const Gallery follower = Gallery::follow(path(), options());
  expect_members(follower);
  expect_answers(follower);
}

TEST_P(Golden, StaysAsItWasWhereNothingIsChanged) {
  for (int i = 0; i < 2; ++i) expect_members(open());
  const Gallery gallery = open();
  expect_members(gallery);
  expect_answers(gallery);
}

TEST_P(Golden, TakesChangesAndKeepsThem) {
  const Template stranger = probe(answers_.at("probes").size() - 1);
  const auto holds = [&](const Gallery& gallery, const SubjectId& id) {
    return gallery.contains(id) && gallery.verify(id, stranger, {{{0.99F}}}).accepted();
  };
  const std::string updated = answers_.at("subjects").at(0).at("id");
  const std::string removed = answers_.at("subjects").at(1).at("id");
  {
    Gallery gallery = open();
    gallery.enrol("new", {stranger});
    EXPECT_EQ(gallery.update(updated, std::span(&stranger, 1)), Erasure::done);
    EXPECT_EQ(gallery.remove(removed).erasure, Erasure::done);
  }
  {
    const Gallery gallery = open();
    EXPECT_TRUE(holds(gallery, "new"));
    EXPECT_TRUE(holds(gallery, updated));
    EXPECT_FALSE(gallery.contains(removed));
    EXPECT_EQ(gallery.stats().num_subjects, answers_.at("subjects").size());
    EXPECT_EQ(gallery.stats().num_pending_erasures, 0U);
  }
}

TEST_P(Golden, IsAsItWasAfterSomebodyCameAndWent) {
  {
    Gallery gallery = open();
    gallery.enrol("new", {probe(0)});
    gallery.remove("new");
    gallery.compact();
  }
  const Gallery gallery = open();
  expect_members(gallery);
  expect_answers(gallery);
}

/// A format without a golden gallery fails here.
INSTANTIATE_TEST_SUITE_P(Format, Golden, ::testing::Range(1U, store::kFormatVersion + 1));

}  // namespace
}  // namespace morgiana::golden
