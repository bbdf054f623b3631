#include "leakage/key_scan.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>

#include <openssl/evp.h>

#include "seal/aead.hpp"

namespace morgiana::test {
namespace {

constexpr std::size_t kBlock = 16;

Bytes copy(const seal::SecretKey& key) {
  return {key.bytes().begin(), key.bytes().end()};
}

std::uint64_t first_eight(const std::uint8_t* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

std::vector<Bytes> files_of(const std::string& folder) {
  std::vector<Bytes> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return files;
}

/// AES-256 of single blocks.
class Blocks {
 public:
  explicit Blocks(ByteView key) : context_(EVP_CIPHER_CTX_new()) {
    EVP_EncryptInit_ex(context_, EVP_aes_256_ecb(), nullptr, key.data(), nullptr);
    EVP_CIPHER_CTX_set_padding(context_, 0);
  }
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;
  ~Blocks() { EVP_CIPHER_CTX_free(context_); }

  void encrypt(const Bytes& in, Bytes& out, std::size_t num_bytes) const {
    int done = 0;
    if (EVP_EncryptUpdate(context_, out.data(), &done, in.data(), static_cast<int>(num_bytes)) !=
        1) {
      throw std::runtime_error("AES failed");
    }
  }

 private:
  EVP_CIPHER_CTX* context_;
};

}  // namespace

KeyScan::KeyScan(const seal::Keyset& keyset) {
  for (std::uint32_t id = 1; id <= keyset.current().id; ++id) {
    if (const seal::SecretKey* key = keyset.find(id)) keys_.push_back(copy(*key));
  }
  keys_.push_back(copy(keyset.rotation_seed()));
  keys_.push_back(copy(keyset.state_key()));
}

void KeyScan::look_for(std::uint64_t subject_key, const seal::SecretKey& key) {
  const Bytes bytes = copy(key);
  wanted_.emplace(first_eight(bytes.data()), Wanted{subject_key, bytes});
}

std::vector<std::uint64_t> KeyScan::run(const std::string& folder) const {
  std::vector<std::uint64_t> found;
  for (const Bytes& file : files_of(folder)) {
    for (const Bytes& key : keys_) scan(file, key, found);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

void KeyScan::scan(const Bytes& file, ByteView key, std::vector<std::uint64_t>& found) const {
  constexpr std::size_t kWindow = seal::kNonceBytes + seal::SecretKey::kBytes;
  constexpr std::size_t kAtOnce = 4096;
  if (file.size() < kWindow) return;
  const Blocks aes(key);
  const std::size_t num_windows = file.size() - kWindow + 1;
  num_windows_ += num_windows;
  Bytes counters(2 * kBlock * kAtOnce);
  Bytes stream(counters.size());
  for (std::size_t first = 0; first < num_windows; first += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, num_windows - first);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::uint8_t block = 0; block < 2; ++block) {
        std::uint8_t* counter = counters.data() + (2 * i + block) * kBlock;
        std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(first + i), seal::kNonceBytes,
                    counter);
        const std::array<std::uint8_t, 4> number{0, 0, 0, static_cast<std::uint8_t>(2 + block)};
        std::copy(number.begin(), number.end(), counter + seal::kNonceBytes);
      }
    }
    aes.encrypt(counters, stream, 2 * kBlock * count);
    for (std::size_t i = 0; i < count; ++i) {
      std::array<std::uint8_t, seal::SecretKey::kBytes> plain;
      for (std::size_t j = 0; j < plain.size(); ++j) {
        plain[j] = static_cast<std::uint8_t>(file[first + i + seal::kNonceBytes + j] ^
                                             stream[2 * kBlock * i + j]);
      }
      const auto hit = wanted_.find(first_eight(plain.data()));
      if (hit != wanted_.end() && std::equal(plain.begin(), plain.end(), hit->second.key.begin())) {
        found.push_back(hit->second.subject_key);
      }
    }
  }
}

std::uint64_t num_occurrences(const std::string& folder, ByteView bytes) {
  const std::boyer_moore_horspool_searcher searcher(bytes.begin(), bytes.end());
  std::uint64_t count = 0;
  for (const Bytes& file : files_of(folder)) {
    for (auto at = std::search(file.begin(), file.end(), searcher); at != file.end();
         at = std::search(at + 1, file.end(), searcher)) {
      ++count;
    }
  }
  return count;
}

}  // namespace morgiana::test
