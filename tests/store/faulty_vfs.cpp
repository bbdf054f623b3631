#include "store/faulty_vfs.hpp"

#include <mutex>
#include <new>
#include <stdexcept>

#include <sqlite3.h>

namespace morgiana::test {
namespace {

/// When to fail; one for every file of a file system.
class Plan {
 public:
  using Operation = FaultyVfs::Operation;

  void set(Operation operation, int first, int code) {
    const std::lock_guard lock(mutex_);
    operation_ = operation;
    num_left_ = first;
    code_ = code;
    num_failed_ = 0;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    code_ = SQLITE_OK;
  }
  bool has_failed() const {
    const std::lock_guard lock(mutex_);
    return num_failed_ > 0;
  }

  struct Verdict {
    int code;
    bool is_first;
  };
  Verdict judge(Operation operation) {
    const std::lock_guard lock(mutex_);
    if (code_ == SQLITE_OK || operation != operation_) return {SQLITE_OK, false};
    if (--num_left_ > 0) return {SQLITE_OK, false};
    return {code_, num_failed_++ == 0};
  }

 private:
  mutable std::mutex mutex_;
  Operation operation_ = Operation::write;
  int num_left_ = 0;
  int code_ = SQLITE_OK;
  int num_failed_ = 0;
};

/// What SQLite allocates for a file: its own part, ours, then the real file behind it.
struct File {
  sqlite3_file base;
  Plan* plan;
  // SQLite aligns what it allocates to 8 bytes and expects no more.
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

static_assert(sizeof(File) % 8 == 0);

File& file(sqlite3_file* opened) {
  return *reinterpret_cast<File*>(opened);
}
sqlite3_file* real(sqlite3_file* opened) {
  return file(opened).real();
}

int write(sqlite3_file* opened, const void* bytes, int num_bytes, sqlite3_int64 offset) {
  const Plan::Verdict verdict = file(opened).plan->judge(FaultyVfs::Operation::write);
  sqlite3_file* target = real(opened);
  if (verdict.code == SQLITE_OK) {
    return target->pMethods->xWrite(target, bytes, num_bytes, offset);
  }
  if (verdict.is_first) target->pMethods->xWrite(target, bytes, num_bytes / 2, offset);
  return verdict.code;
}

int truncate(sqlite3_file* opened, sqlite3_int64 size) {
  const int code = file(opened).plan->judge(FaultyVfs::Operation::write).code;
  return code != SQLITE_OK ? code : real(opened)->pMethods->xTruncate(real(opened), size);
}

int sync(sqlite3_file* opened, int flags) {
  const int code = file(opened).plan->judge(FaultyVfs::Operation::sync).code;
  return code != SQLITE_OK ? code : real(opened)->pMethods->xSync(real(opened), flags);
}

int map_shared(sqlite3_file* opened, int page, int page_size, int extend, void volatile** memory) {
  const int code =
      extend == 0 ? SQLITE_OK : file(opened).plan->judge(FaultyVfs::Operation::write).code;
  if (code != SQLITE_OK) return code;
  return real(opened)->pMethods->xShmMap(real(opened), page, page_size, extend, memory);
}

int close(sqlite3_file* opened) {
  return real(opened)->pMethods->xClose(real(opened));
}
int read(sqlite3_file* opened, void* bytes, int num_bytes, sqlite3_int64 offset) {
  return real(opened)->pMethods->xRead(real(opened), bytes, num_bytes, offset);
}
int size(sqlite3_file* opened, sqlite3_int64* num_bytes) {
  return real(opened)->pMethods->xFileSize(real(opened), num_bytes);
}
int lock(sqlite3_file* opened, int level) {
  return real(opened)->pMethods->xLock(real(opened), level);
}
int unlock(sqlite3_file* opened, int level) {
  return real(opened)->pMethods->xUnlock(real(opened), level);
}
int is_reserved(sqlite3_file* opened, int* answer) {
  return real(opened)->pMethods->xCheckReservedLock(real(opened), answer);
}
int control(sqlite3_file* opened, int operation, void* argument) {
  return real(opened)->pMethods->xFileControl(real(opened), operation, argument);
}
int sector_size(sqlite3_file* opened) {
  return real(opened)->pMethods->xSectorSize(real(opened));
}
int characteristics(sqlite3_file* opened) {
  return real(opened)->pMethods->xDeviceCharacteristics(real(opened));
}
int lock_shared(sqlite3_file* opened, int offset, int count, int flags) {
  return real(opened)->pMethods->xShmLock(real(opened), offset, count, flags);
}
void barrier(sqlite3_file* opened) {
  real(opened)->pMethods->xShmBarrier(real(opened));
}
int unmap_shared(sqlite3_file* opened, int remove) {
  return real(opened)->pMethods->xShmUnmap(real(opened), remove);
}

/// Version 2 ends before mapped memory, which would write past this table.
constexpr sqlite3_io_methods kMethods = {2,
                                         close,
                                         read,
                                         write,
                                         truncate,
                                         sync,
                                         size,
                                         lock,
                                         unlock,
                                         is_reserved,
                                         control,
                                         sector_size,
                                         characteristics,
                                         map_shared,
                                         lock_shared,
                                         barrier,
                                         unmap_shared,
                                         nullptr,
                                         nullptr};

}  // namespace

struct FaultyVfs::Impl {
  sqlite3_vfs* previous = sqlite3_vfs_find(nullptr);
  sqlite3_vfs shim = *previous;  // of its functions, only xOpen looks at pAppData
  Plan plan;

  static int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* opened, int flags,
                  int* out_flags) {
    Impl& impl = *static_cast<Impl*>(vfs->pAppData);
    File* made = new (opened) File{{nullptr}, &impl.plan};
    const int code = impl.previous->xOpen(impl.previous, name, made->real(), flags, out_flags);
    // Without methods SQLite does not close what failed to open.
    if (made->real()->pMethods != nullptr) made->base.pMethods = &kMethods;
    return code;
  }
};

FaultyVfs::FaultyVfs() : impl_(std::make_unique<Impl>()) {
  impl_->shim.zName = "morgiana-faulty";
  impl_->shim.szOsFile += static_cast<int>(sizeof(File));
  impl_->shim.pAppData = impl_.get();
  impl_->shim.pNext = nullptr;
  impl_->shim.xOpen = Impl::open;
  if (sqlite3_vfs_register(&impl_->shim, 1) != SQLITE_OK) {
    throw std::runtime_error("SQLite refused the faulty file system");
  }
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&impl_->shim);
  sqlite3_vfs_register(impl_->previous, 1);
}

void FaultyVfs::fail_from(Operation operation, int first, int sqlite_code) {
  impl_->plan.set(operation, first, sqlite_code);
}

bool FaultyVfs::has_failed() const {
  return impl_->plan.has_failed();
}

void FaultyVfs::heal() {
  impl_->plan.clear();
}

}  // namespace morgiana::test
