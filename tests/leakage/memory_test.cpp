#include <array>
#include <optional>

#include <gtest/gtest.h>

#include "data.hpp"
#include "gallery/key_origin.hpp"
#include "gallery/keyset_file.hpp"
#include "gallery/vault.hpp"
#include "leakage/memory_scan.hpp"
#include "morgiana/morgiana.hpp"
#include "seal/mac.hpp"
#include "store/durable_file.hpp"
#include "store/database.hpp"
#include "types/wipe.hpp"

namespace morgiana {
namespace {

constexpr std::uint32_t kDim = 64;
constexpr std::uint32_t kPeople = 300;
const ModelId kModel{"test", kDim};

/// The vector of somebody; this process keeps no copy.
Template person(std::uint32_t number) {
  std::array<float, kDim> values;
  std::uint32_t state = number + 1;
  for (float& value : values) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<float>(state >> 8) * 0x1p-23F - 1.0F;
  }
  Template made(kModel, values);
  wipe(values.data(), sizeof values);
  return made;
}

ByteView bytes_of(std::span<const float> values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()};
}

/// All that the process must forget: what opens the gallery, its keys, those of subjects,
/// templates.
void look_for_all(test::MemoryScan& scan, const std::string& path, const KeySource& key) {
  const Bytes file = store::read_file(path + ".keyset", 8192);
  scan.look_for((*key.origin().open(seal::Keyset::envelope_of(file).parameters)).bytes());
  const seal::Keyset keyset = read_keyset(path + ".keyset", key);
  scan.look_for(keyset.current().key.bytes());
  scan.look_for(keyset.rotation_seed().bytes());
  scan.look_for(keyset.state_key().bytes());
  for (const char* purpose : {"morgiana/head", "morgiana/subject-row", "morgiana/subject-entry"}) {
    scan.look_for(seal::derive(keyset.state_key(), purpose).bytes());
  }
  const store::Database database = store::Database::follow(path);
  const store::Snapshot snapshot = database.snapshot();
  const Vault vault({store::kFormatVersion, snapshot.gallery().uuid, kModel},
                    read_keyset(path + ".keyset", key), {});
  Vault::Opener opener(vault);
  for (const auto& [subject_key, slot] : snapshot.owned_slots(0, kPeople)) {
    seal::KeySlot wrapped;
    snapshot.slot(slot, wrapped);
    scan.look_for(opener.unwrap(subject_key, slot, wrapped).bytes());
  }
  for (std::uint32_t i = 0; i < kPeople; ++i) scan.look_for(bytes_of(person(i).values()));
}

void use(Gallery& gallery) {
  const Execution two{.max_threads = 2};
  std::vector<Enrolment> people;
  for (std::uint32_t i = 0; i < kPeople; ++i) {
    people.push_back({SubjectId("p" + std::to_string(i)), {person(i)}});
  }
  gallery.enrol(people, {.execution = two});
  people.clear();
  for (std::uint32_t i = 0; i < kPeople; i += 7) {
    const std::string id = "p" + std::to_string(i);
    EXPECT_EQ(gallery.identify(person(i), {.accept = {{0.9F}}}, two).num_accepted(), 1U);
    EXPECT_TRUE(gallery.verify(id, person(i), {.accept = {{0.9F}}}).accepted());
    const Template again = person(i);
    gallery.update(id, std::span(&again, 1));
  }
  EXPECT_EQ(gallery.rotate_keys().old_keys, Erasure::done);
}

class Memory : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer keeps what was freed";
#endif
  }
  KeySource key() const {
    return GetParam() == std::string("passphrase")
               ? KeySource::passphrase("correct horse battery staple")
               : KeySource::create_file(folder_ / "key");
  }
  test::ScratchFolder folder_;
};

TEST_P(Memory, HoldsNoKeyAndNoTemplateOnceTheGalleryIsClosed) {
  const std::string path = folder_ / "g";
  const KeySource source = key();
  test::MemoryScan scan;
  {
    Gallery gallery = Gallery::create(path, {kModel, source});
    use(gallery);
    look_for_all(scan, path, source);
    EXPECT_GT(scan.num_found(), 0U) << "the scan finds the wrapping key while the gallery is open";
    gallery.close();
    EXPECT_EQ(scan.num_found(), 0U);
  }
  {
    Gallery gallery = Gallery::open(
        path, {.key = source, .memory = {References::resident}, .execution = {.max_threads = 2}});
    EXPECT_GT(scan.num_found(), std::size_t{kPeople} * kDim * sizeof(float) / 8);
    const Gallery follower = Gallery::follow(path, {source});
    EXPECT_TRUE(follower.contains("p1"));
    gallery.close();
  }
  EXPECT_EQ(scan.num_found(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Of, Memory, ::testing::Values("key_file", "passphrase"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace morgiana
