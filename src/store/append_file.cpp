#include "store/append_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "morgiana/error.hpp"
#include "store/durable_file.hpp"

namespace morgiana::store {

void AppendFile::create(const std::string& path) {
  create_file(path, {});
}

AppendFile::AppendFile(const std::string& path)
    : path_(path), file_(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)), num_bytes_(0) {
  if (!file_.valid()) fail_with_errno("opening", path);
  const off_t size = ::lseek(file_.get(), 0, SEEK_END);
  if (size < 0) fail_with_errno("reading the size of", path);
  num_bytes_ = static_cast<std::uint64_t>(size);
}

void AppendFile::refuse_if_in_doubt() const {
  if (!is_in_doubt_) return;
  throw Error(Errc::storage_failed, "an earlier write to " + path_ + " failed; open it again");
}

void AppendFile::write(std::string_view text) {
  auto at = static_cast<off_t>(num_bytes_);
  while (!text.empty()) {
    const ssize_t written = ::pwrite(file_.get(), text.data(), text.size(), at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with_errno("writing", path_);
    at += written;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void AppendFile::append(std::string_view text) {
  refuse_if_in_doubt();
  is_in_doubt_ = true;
  try {
    write(text);
  } catch (const Error&) {
    is_in_doubt_ = ::ftruncate(file_.get(), static_cast<off_t>(num_bytes_)) != 0;
    throw;
  }
  // A sync that failed is not tried again: the system may have forgotten what it could not write.
  if (::fdatasync(file_.get()) != 0) fail_with_errno("syncing", path_);
  num_bytes_ += text.size();
  is_in_doubt_ = false;
}

void AppendFile::cut(std::uint64_t num_bytes) {
  refuse_if_in_doubt();
  if (num_bytes == num_bytes_) return;
  is_in_doubt_ = true;
  if (::ftruncate(file_.get(), static_cast<off_t>(num_bytes)) != 0)
    fail_with_errno("cutting", path_);
  if (::fsync(file_.get()) != 0) fail_with_errno("syncing", path_);
  num_bytes_ = num_bytes;
  is_in_doubt_ = false;
}

}  // namespace morgiana::store
