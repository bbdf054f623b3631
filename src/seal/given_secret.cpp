#include "seal/given_secret.hpp"

#include <unistd.h>

#include "morgiana/error.hpp"

namespace morgiana::seal {

GivenSecret::GivenSecret(std::string_view secret)
    : bytes_(secret.begin(), secret.end()), owner_(::getpid()) {}

ByteView GivenSecret::bytes() const {
  if (owner_ == ::getpid()) return bytes_;
  throw Error(Errc::closed,
              "the passphrase or PIN was given before this process was forked, and is not in its "
              "memory; make the key source in the process that uses it");
}

}  // namespace morgiana::seal
