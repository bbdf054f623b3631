#include "leakage/memory_scan.hpp"

#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace morgiana::test {

void MemoryScan::look_for(ByteView secret) {
  std::uint64_t word;
  for (std::size_t at = 0; at + sizeof word <= secret.size(); at += sizeof word) {
    std::memcpy(&word, secret.data() + at, sizeof word);
    word ^= kMask;
    masked_.insert(word);
    starts_->set(word & 0xFFFF);
  }
}

bool MemoryScan::is_secret(std::uint64_t word) const {
  word ^= kMask;
  return starts_->test(word & 0xFFFF) && masked_.contains(word);
}

std::size_t MemoryScan::num_found(std::uintptr_t begin, std::uintptr_t end) const {
  std::size_t count = 0;
  std::uint64_t word;
  for (std::uintptr_t at = begin; at + sizeof word <= end; ++at) {
    std::memcpy(&word, reinterpret_cast<const void*>(at), sizeof word);
    if (is_secret(word)) ++count;
  }
  return count;
}

std::size_t MemoryScan::num_found() const {
  std::ifstream maps("/proc/self/maps");
  std::vector<std::pair<std::uintptr_t, std::uintptr_t>> ranges;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream fields(line);
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char dash = 0;
    std::string access;
    fields >> std::hex >> begin >> dash >> end >> access;
    if (access.starts_with("rw")) ranges.emplace_back(begin, end);
  }
  std::size_t count = 0;
  for (const auto& [begin, end] : ranges) count += num_found(begin, end);
  return count;
}

}  // namespace morgiana::test
