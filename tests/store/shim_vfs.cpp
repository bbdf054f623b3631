#include "store/shim_vfs.hpp"

#include <new>
#include <stdexcept>

namespace morgiana::test {

int ShimVfs::Watch::write(const char*, sqlite3_file& real, const void* bytes, int num_bytes,
                          sqlite3_int64 offset) {
  return real.pMethods->xWrite(&real, bytes, num_bytes, offset);
}
int ShimVfs::Watch::truncate(const char*, sqlite3_file& real, sqlite3_int64 size) {
  return real.pMethods->xTruncate(&real, size);
}
int ShimVfs::Watch::sync(const char*, sqlite3_file& real, int flags) {
  return real.pMethods->xSync(&real, flags);
}
int ShimVfs::Watch::extend_shared_memory(const char*) {
  return SQLITE_OK;
}
void ShimVfs::Watch::removed(const char*) {}

namespace {

/// What SQLite allocates for a file: its own part, ours, then the real file behind it.
struct File {
  sqlite3_file base;
  ShimVfs::Watch* watch;
  const char* path;  // SQLite's, until the file is closed
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
  return file(opened).watch->write(file(opened).path, *real(opened), bytes, num_bytes, offset);
}
int truncate(sqlite3_file* opened, sqlite3_int64 size) {
  return file(opened).watch->truncate(file(opened).path, *real(opened), size);
}
int sync(sqlite3_file* opened, int flags) {
  return file(opened).watch->sync(file(opened).path, *real(opened), flags);
}
int map_shared(sqlite3_file* opened, int page, int page_size, int extend, void volatile** memory) {
  const int code =
      extend == 0 ? SQLITE_OK : file(opened).watch->extend_shared_memory(file(opened).path);
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

struct ShimVfs::Impl {
  sqlite3_vfs* previous = sqlite3_vfs_find(nullptr);
  sqlite3_vfs shim = *previous;  // of its functions, only those replaced look at pAppData
  Watch* watch = nullptr;

  static int open(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* opened, int flags,
                  int* out_flags) {
    Impl& impl = *static_cast<Impl*>(vfs->pAppData);
    File* made = new (opened) File{{nullptr}, impl.watch, name};
    const int code = impl.previous->xOpen(impl.previous, name, made->real(), flags, out_flags);
    // Without methods SQLite does not close what failed to open.
    if (made->real()->pMethods != nullptr) made->base.pMethods = &kMethods;
    return code;
  }

  static int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    Impl& impl = *static_cast<Impl*>(vfs->pAppData);
    const int code = impl.previous->xDelete(impl.previous, name, sync_directory);
    if (code == SQLITE_OK) impl.watch->removed(name);
    return code;
  }
};

ShimVfs::ShimVfs(const char* name, Watch& watch) : impl_(std::make_unique<Impl>()) {
  impl_->watch = &watch;
  impl_->shim.zName = name;
  impl_->shim.szOsFile += static_cast<int>(sizeof(File));
  impl_->shim.pAppData = impl_.get();
  impl_->shim.pNext = nullptr;
  impl_->shim.xOpen = Impl::open;
  impl_->shim.xDelete = Impl::remove;
  if (sqlite3_vfs_register(&impl_->shim, 1) != SQLITE_OK) {
    throw std::runtime_error("SQLite refused the file system of a test");
  }
}

ShimVfs::~ShimVfs() {
  sqlite3_vfs_unregister(&impl_->shim);
  sqlite3_vfs_register(impl_->previous, 1);
}

}  // namespace morgiana::test
