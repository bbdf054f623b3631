// What an anchor holds: accepted exactly where it is a commit of the gallery's own chain.
// Input: kind (1) ‖ which commit (1) ‖ over its bytes; or over its fields, with a right MAC; or
// all.
#include "crash/people.hpp"
#include "data.hpp"
#include "gallery/anchored.hpp"
#include "gallery/open.hpp"
#include "input.hpp"

using namespace morgiana;

namespace {

struct Sample {
  Sample() : key(KeySource::create_file(folder / "key")) {
    Gallery gallery = Gallery::create(folder / "g", {test::People::model(), key});
    for (const std::uint64_t person : {1U, 2U}) {
      gallery.enrol(std::to_string(person), test::People::references(person));
    }
    gallery.remove("1");
    gallery.close();
    parts = follow_parts(GalleryPaths(folder / "g"), {key});
    records.emplace(parts->database.snapshot());
    records->for_each_head(
        [&](std::uint64_t, ByteView head) { heads.emplace_back(head.begin(), head.end()); });
  }
  test::ScratchFolder folder{test::folder_in_memory()};
  KeySource key;
  std::unique_ptr<Parts> parts;
  std::optional<store::Snapshot> records;
  std::vector<Bytes> heads;
};

/// Another commit, sealed with the gallery's key.
Bytes other_fields(const Vault& vault, ByteView stored, fuzz::Input& input) {
  CommitHead head = vault.decode(stored);
  for (std::uint64_t* field : {&head.sequence, &head.num_subjects, &head.num_references,
                               &head.next_subject_key, &head.num_wraps, &head.keyset_generation}) {
    *field ^= input.number(8);
  }
  for (std::uint8_t& byte : head.previous) byte = static_cast<std::uint8_t>(byte ^ input.number(1));
  return vault.encode(head);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  static const Sample sample;
  fuzz::Input input(data, num_bytes);
  const std::uint64_t kind = input.number(1) % 3;
  const Bytes& stored = sample.heads[input.number(1) % sample.heads.size()];
  const Bytes held = kind == 0   ? fuzz::changed(stored, input.rest())
                     : kind == 1 ? other_fields(sample.parts->vault, stored, input)
                                 : Bytes(input.rest().begin(), input.rest().end());
  const Anchor anchor =
      Anchor::callback([&] { return held; }, [](const auto&, const auto&) { return false; });
  const auto refused = fuzz::refusal(
      [&] { Anchored(anchor, sample.parts->vault, *sample.records, sample.parts->head); });
  const bool is_known =
      std::find(sample.heads.begin(), sample.heads.end(), held) != sample.heads.end();
  const Errc expected = held.empty() ? Errc::anchor_failed
                        : kind == 1  ? Errc::rolled_back
                                     : Errc::not_authentic;
  fuzz::require(refused == (is_known ? std::nullopt : std::optional(expected)),
                "an anchor is accepted exactly where it holds a commit of the gallery");
  return 0;
}
