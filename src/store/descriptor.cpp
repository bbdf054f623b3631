#include "store/descriptor.hpp"

#include <cerrno>
#include <cstring>

#include <unistd.h>

#include "morgiana/error.hpp"

namespace morgiana::store {

Descriptor::~Descriptor() {
  if (valid()) ::close(descriptor_);
}

void fail_with_errno(const char* doing, const std::string& path) {
  const int number = errno;
  Errc code = Errc::storage_failed;
  if (number == ENOENT) code = Errc::not_found;
  if (number == EEXIST) code = Errc::already_exists;
  if (number == ENOSPC || number == EDQUOT) code = Errc::storage_full;
  throw Error(code, std::string(doing) + " " + path + ": " + std::strerror(number));
}

}  // namespace morgiana::store
