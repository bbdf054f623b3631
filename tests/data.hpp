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

/// Memory as a folder, where there is one: for tests that would wait for a disk thousands of times,
/// and do not ask whether it keeps what it was given.
inline std::filesystem::path folder_in_memory() {
  const std::filesystem::path memory = "/dev/shm";
  return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
}

/// A directory of its own for one test, removed with it.
class ScratchFolder {
 public:
  explicit ScratchFolder(
      const std::filesystem::path& where = std::filesystem::temp_directory_path()) {
    std::string pattern = (where / "morgiana-XXXXXX").string();
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
