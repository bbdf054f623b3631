#include "crash/crash_log.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace morgiana::test {

namespace {

constexpr std::string_view kKeyset = ".keyset";

/// Files that a crash may change. Shared memory is made anew.
constexpr std::string_view kEndings[] = {"", "-wal", kKeyset};

std::vector<char> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

void CrashLog::start() {
  const std::lock_guard lock(mutex_);
  first_.clear();
  steps_.clear();
  for (const std::string_view ending : kEndings) {
    const std::string path = path_ + std::string(ending);
    if (std::filesystem::exists(path)) first_[std::string(ending)] = read(path);
  }
  keyset_ = first_.at(std::string(kKeyset));
}

std::size_t CrashLog::num_steps() {
  const std::lock_guard lock(mutex_);
  note_keyset();
  return steps_.size();
}

/// Whoever replaced it waited until it was on disk.
void CrashLog::note_keyset() {
  std::vector<char> now = read(path_ + std::string(kKeyset));
  if (now == keyset_) return;
  steps_.push_back({Kind::replace, std::string(kKeyset), 0, now});
  keyset_ = std::move(now);
}

void CrashLog::log(const char* path, Step step) {
  const std::string_view name = path == nullptr ? std::string_view() : std::string_view(path);
  if (!name.starts_with(path_)) return;
  step.file = name.substr(path_.size());
  const std::lock_guard lock(mutex_);
  note_keyset();
  steps_.push_back(std::move(step));
}

int CrashLog::write(const char* path, sqlite3_file& real, const void* bytes, int num_bytes,
                    sqlite3_int64 offset) {
  const int code = Watch::write(path, real, bytes, num_bytes, offset);
  const char* begin = static_cast<const char*>(bytes);
  log(path, {Kind::write, {}, offset, {begin, begin + num_bytes}});
  return code;
}

int CrashLog::truncate(const char* path, sqlite3_file& real, sqlite3_int64 size) {
  const int code = Watch::truncate(path, real, size);
  log(path, {Kind::truncate, {}, size});
  return code;
}

int CrashLog::sync(const char* path, sqlite3_file& real, int flags) {
  const int code = Watch::sync(path, real, flags);
  log(path, {Kind::sync, {}});
  return code;
}

void CrashLog::removed(const char* path) {
  log(path, {Kind::remove, {}});
}

void CrashLog::apply(Files& files, const Step& step, std::size_t num_bytes) {
  if (step.kind == Kind::remove) {
    files.erase(step.file);
    return;
  }
  if (step.kind == Kind::replace) {
    files[step.file] = step.bytes;
    return;
  }
  std::vector<char>& file = files[step.file];
  const auto offset = static_cast<std::size_t>(step.offset);
  if (step.kind == Kind::truncate) {
    file.resize(offset);
  } else if (num_bytes > 0) {
    file.resize(std::max(file.size(), offset + num_bytes));
    std::copy_n(step.bytes.begin(), num_bytes, file.begin() + step.offset);
  }
}

void CrashLog::crash(std::size_t num_steps, const std::string& to, std::mt19937_64& random) const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::size_t> synced;  // steps of a file that are on disk for sure
  for (std::size_t i = 0; i < num_steps; ++i) {
    if (steps_[i].kind == Kind::sync) synced[steps_[i].file] = i;
  }
  // Some crashes lose everything that was not synced, some nothing, most some of it.
  const std::uint64_t mood = random() % 4;
  Files files = first_;
  for (std::size_t i = 0; i < num_steps; ++i) {
    const Step& step = steps_[i];
    if (step.kind == Kind::sync) continue;
    const auto last_sync = synced.find(step.file);
    const bool is_durable =
        step.kind == Kind::replace || (last_sync != synced.end() && i < last_sync->second);
    std::size_t kept = step.bytes.size();
    if (!is_durable) {
      const std::uint64_t fate = mood == 0 ? 0 : mood == 1 ? 1 : random() % 3;
      if (fate == 0) continue;
      if (fate == 2 && step.kind == Kind::write) kept = random() % (step.bytes.size() + 1);
    }
    apply(files, step, kept);
  }
  for (const std::string_view ending : kEndings) {
    const std::string name = to + std::string(ending);
    const auto file = files.find(std::string(ending));
    std::filesystem::remove(name);
    if (file == files.end()) continue;
    std::ofstream out(name, std::ios::binary);
    out.write(file->second.data(), static_cast<std::streamsize>(file->second.size()));
  }
}

}  // namespace morgiana::test
