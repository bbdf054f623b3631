#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace morgiana::test {

/// The shared research data, or an empty path where it is absent.
inline std::filesystem::path shared_data() {
  const char* given = std::getenv("MORGIANA_TEST_DATA");
  const std::filesystem::path path = given != nullptr ? given : MORGIANA_TEST_DATA_DEFAULT;
  return std::filesystem::exists(path) ? path : std::filesystem::path{};
}

/// A directory of its own for one test, removed with it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "morgiana-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder");
    path_ = pattern;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;  // a leftover in the temporary folder fails no test
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace morgiana::test
