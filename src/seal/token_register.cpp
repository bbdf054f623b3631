#include "seal/token_register.hpp"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "morgiana/error.hpp"
#include "seal/token_module.hpp"
#include "seal/token_objects.hpp"
#include "types/little_endian.hpp"

namespace morgiana::seal {
namespace {

constexpr const char* kApplication = "morgiana anchor";
constexpr std::size_t kMostBytes = 4096;  // room to say that it is none of ours
constexpr int kMostTries = 8;             // of reading what another process is moving

struct Stored {
  CK_OBJECT_HANDLE handle = 0;
  std::uint64_t number = 0;
  Bytes value = {};
};

Bytes encode(std::uint64_t number, ByteView value) {
  Bytes bytes;
  put(bytes, number, sizeof number);
  bytes.insert(bytes.end(), value.begin(), value.end());
  return bytes;
}

}  // namespace

/// What one session does with the objects of one label.
class TokenRegister::Visit {
 public:
  Visit(const TokenSession& session, const std::string& token, const std::string& object)
      : session_(session),
        label_(object),
        name_("object '" + object + "' of token '" + token + "'") {}

  /// The newest behind all others.
  std::vector<Stored> find() {
    for (int tries = 0; tries < kMostTries; ++tries) {
      std::vector<Stored> found;
      const std::vector<CK_OBJECT_HANDLE> handles = find_handles();
      for (const CK_OBJECT_HANDLE handle : handles) {
        if (auto stored = read(handle)) found.push_back(*std::move(stored));
      }
      if (found.size() != handles.size()) continue;
      std::ranges::stable_sort(found, {}, &Stored::number);
      return found;
    }
    throw Error(Errc::token_failed, name_ + " is being moved by another process; try again");
  }

  /// Errors: token_failed where two have an equal claim.
  Stored newest_of(const std::vector<Stored>& found) const {
    if (found.empty()) return {};
    const Stored& newest = found.back();
    for (const Stored& other : found) {
      if (other.number == newest.number && other.value != newest.value) {
        throw Error(Errc::token_failed,
                    name_ +
                        " was written by two processes at once; take it out of the token, and "
                        "anchor anew the gallery that is known to be the newest");
      }
    }
    return newest;
  }

  CK_OBJECT_HANDLE create(std::uint64_t number, ByteView value) {
    CK_BBOOL yes = CK_TRUE;
    Bytes bytes = encode(number, value);
    CK_ATTRIBUTE wanted[] = {attribute(CKA_CLASS, class_), attribute(CKA_TOKEN, yes),
                             attribute(CKA_PRIVATE, yes),  attribute(CKA_APPLICATION, application_),
                             attribute(CKA_LABEL, label_), attribute(CKA_VALUE, bytes)};
    CK_OBJECT_HANDLE handle = 0;
    require_token(
        session_.module().C_CreateObject(session_.get(), wanted, std::size(wanted), &handle),
        "writing " + name_);
    return handle;
  }

  void destroy(CK_OBJECT_HANDLE handle) {
    require_token(session_.module().C_DestroyObject(session_.get(), handle),
                  "destroying an older " + name_);
  }

  /// Whether what was just made is the newest, and alone so. Errors: token_failed (it is not
  /// there).
  bool is_newest(CK_OBJECT_HANDLE own, std::uint64_t number) {
    bool is_there = false;
    bool is_alone = true;
    for (const Stored& one : find()) {
      if (one.handle == own) {
        is_there = one.number == number;
      } else {
        is_alone = is_alone && one.number < number;
      }
    }
    if (!is_there) throw Error(Errc::token_failed, "the token did not keep " + name_);
    return is_alone;
  }

 private:
  /// Who cannot log in may make objects that are not private: those do not count.
  std::vector<CK_OBJECT_HANDLE> find_handles() {
    CK_BBOOL yes = CK_TRUE;
    return find_objects(
        session_,
        {attribute(CKA_CLASS, class_), attribute(CKA_TOKEN, yes), attribute(CKA_PRIVATE, yes),
         attribute(CKA_LABEL, label_), attribute(CKA_APPLICATION, application_)},
        "looking for " + name_);
  }

  /// Nothing where it was destroyed meanwhile.
  std::optional<Stored> read(CK_OBJECT_HANDLE handle) {
    const std::optional<std::size_t> num_bytes = ask(handle, {CKA_VALUE, nullptr, 0});
    if (!num_bytes) return std::nullopt;
    if (*num_bytes < sizeof(std::uint64_t) || *num_bytes > kMostBytes) {
      throw Error(Errc::token_failed, name_ + " is no anchor of a gallery; name another");
    }
    Bytes bytes(*num_bytes);
    if (!ask(handle, attribute(CKA_VALUE, bytes))) return std::nullopt;
    ByteView rest = bytes;
    const std::uint64_t number = take(rest, sizeof number);
    return Stored{handle, number, Bytes(rest.begin(), rest.end())};
  }

  std::optional<std::size_t> ask(CK_OBJECT_HANDLE handle, CK_ATTRIBUTE wanted) {
    const CK_RV code = session_.module().C_GetAttributeValue(session_.get(), handle, &wanted, 1);
    if (code == CKR_OBJECT_HANDLE_INVALID) return std::nullopt;
    require_token(code, "reading " + name_);
    return wanted.ulValueLen;
  }

  const TokenSession& session_;
  CK_OBJECT_CLASS class_ = CKO_DATA;
  std::string application_ = kApplication;
  std::string label_;
  std::string name_;
};

TokenRegister::TokenRegister(std::string module, std::string token, std::string object,
                             std::string_view pin)
    : login_(std::move(module), std::move(token), pin), object_(std::move(object)) {}

Bytes TokenRegister::read() const {
  const std::lock_guard lock(token_turn());
  const TokenSession session = login_.session(TokenAccess::read_only);
  Visit visit(session, token(), object_);
  return visit.newest_of(visit.find()).value;
}

bool TokenRegister::compare_and_swap(ByteView expected, ByteView next) const {
  const std::lock_guard lock(token_turn());
  const TokenSession session = login_.session(TokenAccess::read_write);
  Visit visit(session, token(), object_);
  const std::vector<Stored> before = visit.find();
  const Stored newest = visit.newest_of(before);
  if (!std::ranges::equal(newest.value, expected)) return false;
  for (const Stored& one : before) {
    // What a crash left goes first: a token that destroys nothing would fill up.
    if (one.number < newest.number) visit.destroy(one.handle);
  }
  const std::uint64_t number = newest.number + 1;
  const CK_OBJECT_HANDLE own = visit.create(number, next);
  if (!visit.is_newest(own, number)) {  // another process was as fast
    visit.destroy(own);
    return false;
  }
  for (const Stored& one : before) {
    if (one.number == newest.number) visit.destroy(one.handle);
  }
  return true;
}

}  // namespace morgiana::seal
