// The bytes of a keyset's file as they come: none but a keyset that was sealed here is opened.
#include "authentic_keyset.hpp"
#include "input.hpp"

using namespace morgiana;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  static const seal::SecretKey kek = fuzz::sample_kek();
  const ByteView file(data, num_bytes);
  const auto framed = fuzz::refusal([&] {
    const seal::KekEnvelope envelope = seal::Keyset::envelope_of(file);
    fuzz::require(envelope.parameters.size() <= seal::Keyset::kMaxParameterBytes,
                  "parameters are bounded");
  });
  fuzz::require(!framed || framed == Errc::not_authentic || framed == Errc::unsupported_format,
                "a frame is refused as documented");
  const auto opened = fuzz::refusal([&] {
    // Whoever sealed it for the corpus had secrets of counting bytes.
    const seal::Keyset keyset = seal::Keyset::open(kek, file);
    const std::size_t num_keys = data[36];
    const Bytes secrets = test::counting_bytes(seal::SecretKey::kBytes * (num_keys + 2));
    fuzz::require(keyset.uuid() == test::sample_gallery().uuid &&
                      fuzz::holds(keyset, file.subspan(40), secrets),
                  "what is opened is what was sealed");
  });
  fuzz::require(!framed || opened == framed, "a file without a frame is not opened");
  fuzz::require(!opened || framed || opened == Errc::wrong_key || opened == Errc::not_authentic,
                "a keyset is refused as documented");
  return 0;
}
