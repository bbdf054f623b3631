#include "store/faulty_vfs.hpp"

#include <mutex>

#include "store/shim_vfs.hpp"

namespace morgiana::test {
namespace {

/// When to fail; one for every file of a file system.
class Plan : public ShimVfs::Watch {
 public:
  using Operation = FaultyVfs::Operation;

  void set(Operation operation, int first, int code, bool once) {
    const std::lock_guard lock(mutex_);
    operation_ = operation;
    num_left_ = first;
    code_ = code;
    num_failed_ = 0;
    once_ = once;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    code_ = SQLITE_OK;
  }
  bool has_failed() const {
    const std::lock_guard lock(mutex_);
    return num_failed_ > 0;
  }

  int write(const char* path, sqlite3_file& real, const void* bytes, int num_bytes,
            sqlite3_int64 offset) override {
    const Verdict verdict = judge(Operation::write);
    if (verdict.code == SQLITE_OK) return Watch::write(path, real, bytes, num_bytes, offset);
    if (verdict.is_first) Watch::write(path, real, bytes, num_bytes / 2, offset);
    return verdict.code;
  }
  int truncate(const char* path, sqlite3_file& real, sqlite3_int64 size) override {
    const int code = judge(Operation::write).code;
    return code != SQLITE_OK ? code : Watch::truncate(path, real, size);
  }
  int sync(const char* path, sqlite3_file& real, int flags) override {
    const int code = judge(Operation::sync).code;
    return code != SQLITE_OK ? code : Watch::sync(path, real, flags);
  }
  int extend_shared_memory(const char*) override { return judge(Operation::write).code; }

 private:
  struct Verdict {
    int code;
    bool is_first;
  };
  Verdict judge(Operation operation) {
    const std::lock_guard lock(mutex_);
    if (code_ == SQLITE_OK || operation != operation_) return {SQLITE_OK, false};
    if (--num_left_ > 0 || (once_ && num_failed_ > 0)) return {SQLITE_OK, false};
    return {code_, num_failed_++ == 0};
  }

  mutable std::mutex mutex_;
  Operation operation_ = Operation::write;
  int num_left_ = 0;
  int code_ = SQLITE_OK;
  int num_failed_ = 0;
  bool once_ = false;
};

}  // namespace

struct FaultyVfs::Impl {
  Plan plan;
  ShimVfs shim{"morgiana-faulty", plan};
};

FaultyVfs::FaultyVfs() : impl_(std::make_unique<Impl>()) {}
FaultyVfs::~FaultyVfs() = default;

void FaultyVfs::fail_from(Operation operation, int first, int sqlite_code) {
  impl_->plan.set(operation, first, sqlite_code, false);
}

void FaultyVfs::fail_once(Operation operation, int which, int sqlite_code) {
  impl_->plan.set(operation, which, sqlite_code, true);
}

bool FaultyVfs::has_failed() const {
  return impl_->plan.has_failed();
}

void FaultyVfs::heal() {
  impl_->plan.clear();
}

}  // namespace morgiana::test
