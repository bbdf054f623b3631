#include "crash/damage.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace morgiana::test {
namespace {

constexpr const char* kEndings[] = {"", "-wal", ".keyset"};
constexpr std::size_t kPageBytes = 16384;
constexpr std::size_t kLogHeaderBytes = 32;
constexpr std::size_t kFrameBytes = 24 + kPageBytes;

/// Where the pages of a file lie: in the log with the header of their frame, which makes them valid
/// there.
struct Pages {
  explicit Pages(const std::string& file)
      : first(file == "-wal" ? kLogHeaderBytes : 0),
        bytes(file == "-wal" ? kFrameBytes : kPageBytes) {}
  std::size_t count(const std::string& content) const {
    return content.size() < first ? 0 : (content.size() - first) / bytes;
  }
  std::size_t offset(std::size_t page) const { return first + page * bytes; }

  std::size_t first;
  std::size_t bytes;
};

/// Nothing where the files do not allow it.
using MaybeDamage = std::optional<Damage>;

/// Half of the bits anywhere; the others where structure is: in the first page, which holds the
/// schema, and where pages begin.
MaybeDamage flip(std::string& content, const std::string& file, std::mt19937_64& random) {
  constexpr std::size_t kBeginning = 200;
  const Pages pages(file);
  std::size_t offset = random() % content.size();
  const std::uint64_t where = random() % 4;
  if (where == 0) offset = random() % std::min(content.size(), pages.offset(1));
  if (where == 1 && pages.count(content) > 0) {
    offset = pages.offset(random() % pages.count(content)) + random() % kBeginning;
  }
  const auto bit = static_cast<unsigned>(random() % 8);
  content[offset] = static_cast<char>(static_cast<unsigned char>(content[offset]) ^ (1U << bit));
  return Damage{Damage::Kind::flip, file, offset, "bit " + std::to_string(bit)};
}

MaybeDamage truncate(std::string& content, const std::string& file, std::mt19937_64& random) {
  const Pages pages(file);
  std::size_t size = random() % content.size();
  if (random() % 2 == 0 && pages.count(content) > 0) {
    size = pages.offset(random() % pages.count(content));
  }
  content.resize(size);
  return Damage{Damage::Kind::truncate, file, size};
}

MaybeDamage swap(std::string& content, const std::string& file, std::mt19937_64& random) {
  const Pages pages(file);
  const std::size_t count = pages.count(content);
  if (count < 2) return std::nullopt;
  const std::size_t one = pages.offset(random() % count);
  const std::size_t other = pages.offset(random() % count);
  if (one == other) return std::nullopt;
  std::swap_ranges(content.begin() + static_cast<std::ptrdiff_t>(one),
                   content.begin() + static_cast<std::ptrdiff_t>(one + pages.bytes),
                   content.begin() + static_cast<std::ptrdiff_t>(other));
  return Damage{Damage::Kind::swap, file, one, "with " + std::to_string(other)};
}

/// Puts a page of a donor's file in place of one: mostly of the same, or else of any.
MaybeDamage splice(std::string& content, Damage::Kind kind, const std::string& file,
                   const std::string& from, std::mt19937_64& random) {
  Pages pages(file);
  if (file == ".keyset") {  // smaller than a page
    pages.bytes = 1 + random() % content.size();
    pages.first = random() % (content.size() - pages.bytes + 1);
  }
  const std::size_t count = pages.count(content);
  const std::size_t count_from = pages.count(from);
  if (count == 0 || count_from == 0) return std::nullopt;
  const std::size_t page = random() % count;
  const std::size_t page_from =
      random() % 4 != 0 ? std::min(page, count_from - 1) : random() % count_from;
  content.replace(pages.offset(page), pages.bytes, from, pages.offset(page_from), pages.bytes);
  return Damage{
      kind, file, pages.offset(page),
      std::to_string(pages.bytes) + " bytes of " + std::to_string(pages.offset(page_from))};
}

const std::string* file_of(const std::vector<Files>& donors, const std::string& file,
                           std::mt19937_64& random) {
  const Files& donor = donors[random() % donors.size()];
  const auto found = donor.find(file);
  return found == donor.end() || found->second.empty() ? nullptr : &found->second;
}

MaybeDamage attempt(std::string& content, Damage::Kind kind, const std::string& file,
                    const Donors& donors, std::mt19937_64& random) {
  using Kind = Damage::Kind;
  if (kind == Kind::flip) return flip(content, file, random);
  if (kind == Kind::truncate) return truncate(content, file, random);
  if (kind == Kind::swap) return swap(content, file, random);
  const bool is_older = kind == Kind::splice_older || (kind == Kind::exchange && random() % 4 != 0);
  const std::string* from = file_of(is_older ? donors.older : donors.of_others, file, random);
  if (from == nullptr) return std::nullopt;
  if (kind != Kind::exchange) return splice(content, kind, file, *from, random);
  content = *from;
  return Damage{kind, file, 0, is_older ? "by an older one" : "by another gallery's"};
}

}  // namespace

Files read_files(const std::string& path) {
  Files files;
  for (const char* ending : kEndings) {
    std::ifstream file(path + ending, std::ios::binary);
    if (file) files[ending] = {std::istreambuf_iterator<char>(file), {}};
  }
  return files;
}

void write_files(const std::string& path, const Files& files) {
  for (const char* ending : {"", "-wal", "-shm", ".keyset"}) std::filesystem::remove(path + ending);
  for (const auto& [ending, content] : files) {
    std::ofstream file(path + ending, std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
  }
}

std::size_t num_commits(std::string_view log) {
  std::size_t count = 0;
  for (std::size_t at = kLogHeaderBytes; at + kFrameBytes <= log.size(); at += kFrameBytes) {
    // The last frame of a transaction has the size of the database behind its page number.
    const std::string_view size = log.substr(at + 4, 4);
    if (size != std::string_view("\0\0\0\0", 4)) ++count;
  }
  return count;
}

std::string_view Damage::name(Kind kind) {
  switch (kind) {
    case Kind::flip: return "flip";
    case Kind::truncate: return "truncate";
    case Kind::swap: return "swap";
    case Kind::splice_other: return "splice of another gallery";
    case Kind::splice_older: return "splice of an older copy";
    case Kind::exchange: return "exchange";
  }
  return {};
}

std::string Damage::words() const {
  return (file.empty() ? "database" : file) + ", " + std::string(name(kind)) + " at " +
         std::to_string(offset) + (detail.empty() ? "" : ", " + detail);
}

Damage damage(Files& files, const Donors& donors, std::mt19937_64& random) {
  for (;;) {
    const bool has_log = files.contains("-wal");
    const std::uint64_t which = random() % 10;
    const std::string file = which == 0 ? ".keyset" : has_log && which < 6 ? "-wal" : "";
    // Flips are a third, the rest is shared.
    const auto kind =
        static_cast<Damage::Kind>(random() % 4 == 0 ? 0 : random() % Damage::kNumKinds);
    std::string content = files.at(file);
    const MaybeDamage made = attempt(content, kind, file, donors, random);
    if (!made || content == files.at(file)) continue;
    files[file] = std::move(content);
    return *made;
  }
}

}  // namespace morgiana::test
