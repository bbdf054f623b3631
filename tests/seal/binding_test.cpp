#include "seal/binding.hpp"

#include <set>

#include <gtest/gtest.h>

#include "seal/sample.hpp"

namespace morgiana::seal {
namespace {

using test::sample_gallery;

/// The gallery and every gallery that differs from it in one thing that both bindings hold.
std::vector<GalleryIdentity> galleries_with_another_version_or_uuid() {
  std::vector<GalleryIdentity> all(1, sample_gallery());
  all.push_back(sample_gallery());
  all.back().format_version = 2;
  for (std::size_t i = 0; i < sizeof(Uuid); ++i) {
    all.push_back(sample_gallery());
    all.back().uuid[i] ^= 1;
  }
  return all;
}

TEST(ReferenceBinding, DiffersInEveryField) {
  std::set<Bytes> seen;
  std::size_t num_bindings = 0;
  const auto add = [&](const GalleryIdentity& gallery, std::uint64_t subject,
                       std::uint32_t number) {
    seen.insert(reference_binding(gallery, subject, number));
    ++num_bindings;
  };
  for (const GalleryIdentity& gallery : galleries_with_another_version_or_uuid())
    add(gallery, 7, 3);
  GalleryIdentity other_name = sample_gallery();
  other_name.model.name = "sface-2021de";
  add(other_name, 7, 3);
  GalleryIdentity other_dim = sample_gallery();
  other_dim.model.dim = 129;
  add(other_dim, 7, 3);
  add(sample_gallery(), 8, 3);
  add(sample_gallery(), 7 + (std::uint64_t{1} << 40), 3);
  add(sample_gallery(), 7, 4);
  add(sample_gallery(), 3, 7);
  EXPECT_EQ(seen.size(), num_bindings);
  EXPECT_EQ(reference_binding(sample_gallery(), 7, 3), reference_binding(sample_gallery(), 7, 3));
}

TEST(SubjectKeyBinding, DiffersInEveryFieldButTheModel) {
  std::set<Bytes> seen;
  std::size_t num_bindings = 0;
  const auto add = [&](const GalleryIdentity& gallery, std::uint64_t subject, std::uint64_t slot,
                       std::uint32_t wrapping_key) {
    seen.insert(subject_key_binding(gallery, subject, slot, wrapping_key));
    ++num_bindings;
  };
  for (const GalleryIdentity& gallery : galleries_with_another_version_or_uuid()) {
    add(gallery, 7, 3, 1);
  }
  add(sample_gallery(), 8, 3, 1);
  add(sample_gallery(), 7, 4, 1);
  add(sample_gallery(), 3, 7, 1);
  add(sample_gallery(), 7, 3, 2);
  EXPECT_EQ(seen.size(), num_bindings);

  GalleryIdentity other_model = sample_gallery();
  other_model.model = {"another", 512};
  EXPECT_EQ(subject_key_binding(other_model, 7, 3, 1),
            subject_key_binding(sample_gallery(), 7, 3, 1));
}

TEST(Bindings, OfTheTwoKindsNeverMeet) {
  EXPECT_NE(reference_binding(sample_gallery(), 7, 3),
            subject_key_binding(sample_gallery(), 7, 3, 1));
}

/// The format is fixed: a gallery written yesterday must open tomorrow.
TEST(ReferenceBinding, HasTheDocumentedBytes) {
  Bytes expected = test::from_hex("1200000000000000");
  const auto append = [&](const Bytes& more) {
    expected.insert(expected.end(), more.begin(), more.end());
  };
  append(test::bytes_of("morgiana/reference"));
  append(test::from_hex("0100000000000000"));
  append(test::from_hex("1000000000000000a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"));
  append(test::from_hex("0d00000000000000"));
  append(test::bytes_of("sface-2021dec"));
  append(
      test::from_hex("8000000000000000"
                     "0700000000000000"
                     "0300000000000000"));
  EXPECT_EQ(reference_binding(sample_gallery(), 7, 3), expected);
}

}  // namespace
}  // namespace morgiana::seal
