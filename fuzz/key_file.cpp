// A key file: read where it is one, to the last byte.
#include <string_view>

#include "gallery/key_origin.hpp"
#include "input_file.hpp"

using namespace morgiana;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  constexpr std::string_view kMagic = "morgiana key v1\n";
  static fuzz::InputFile file;
  static const KeySource source = KeySource::file(file.path());
  const ByteView bytes(data, num_bytes);
  file.write(bytes);
  const bool is_one = bytes.size() == kMagic.size() + seal::SecretKey::kBytes &&
                      std::equal(kMagic.begin(), kMagic.end(), bytes.begin());
  const auto refused = fuzz::refusal([&] {
    const seal::LockedKey key = source.origin().open({});
    fuzz::require(is_one && fuzz::is_same((*key).bytes(), bytes.subspan(kMagic.size())),
                  "a key is read as it was written");
  });
  fuzz::require(refused == (is_one ? std::nullopt : std::optional(Errc::bad_key_file)),
                "a file is a key file or refused as none");
  return 0;
}
