#include "seal/token_module.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

#include <dlfcn.h>
#include <unistd.h>

#include "morgiana/error.hpp"

namespace morgiana::seal {
namespace {

struct Loaded {
  CK_FUNCTION_LIST* functions = nullptr;
  pid_t owner = 0;  // which process initialised it: a fork has to do that again
};

CK_FUNCTION_LIST& load(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = ::dlerror();
    throw Error(Errc::token_failed, "PKCS#11 module " + path + " cannot be loaded: " +
                                        (reason == nullptr ? "no reason given" : reason));
  }
  const auto list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (list == nullptr || list(&functions) != CKR_OK || functions == nullptr) {
    ::dlclose(library);
    throw Error(Errc::token_failed, path + " is not a PKCS#11 module");
  }
  return *functions;
}

/// What a person can do about it.
std::string words(CK_RV code) {
  switch (code) {
    case CKR_PIN_INCORRECT: return "the PIN is wrong; many tokens lock after a few wrong ones";
    case CKR_PIN_LOCKED: return "the PIN is locked; the token's security officer unlocks it";
    case CKR_PIN_LEN_RANGE:
    case CKR_PIN_INVALID: return "the PIN has a length or characters that the token refuses";
    case CKR_PIN_EXPIRED: return "the PIN has expired";
    case CKR_USER_PIN_NOT_INITIALIZED: return "the token has no PIN for its user yet";
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_DEVICE_REMOVED: return "the token is gone; put it back";
    case CKR_DEVICE_MEMORY: return "the token is full; take out what nobody needs";
    case CKR_DEVICE_ERROR: return "the token has a fault";
    case CKR_TOKEN_WRITE_PROTECTED:
    case CKR_SESSION_READ_ONLY: return "the token does not let itself be written";
    case CKR_MECHANISM_INVALID:
    case CKR_KEY_TYPE_INCONSISTENT:
    case CKR_KEY_FUNCTION_NOT_PERMITTED: return "the key, or the token, makes no HMAC-SHA-256";
    default: return "it gave no reason that is known here";
  }
}

bool has_label(const CK_TOKEN_INFO& info, std::string_view label) {
  std::string_view padded(reinterpret_cast<const char*>(info.label), sizeof info.label);
  while (padded.ends_with(' ')) padded.remove_suffix(1);
  return padded == label;
}

CK_SLOT_ID slot_of(CK_FUNCTION_LIST& module, const std::string& token) {
  CK_ULONG count = 0;
  require_token(module.C_GetSlotList(CK_TRUE, nullptr, &count), "counting tokens");
  std::vector<CK_SLOT_ID> slots(count);
  require_token(module.C_GetSlotList(CK_TRUE, slots.data(), &count), "listing tokens");
  slots.resize(std::min<std::size_t>(slots.size(), count));
  std::vector<CK_SLOT_ID> found;
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info;
    if (module.C_GetTokenInfo(slot, &info) == CKR_OK && has_label(info, token)) {
      found.push_back(slot);
    }
  }
  if (found.size() == 1) return found.front();
  throw Error(Errc::token_failed,
              found.empty() ? "there is no token '" + token + "'; is it plugged in and set up?"
                            : "there are " + std::to_string(found.size()) + " tokens '" + token +
                                  "'; give them different labels");
}

}  // namespace

void require_token(CK_RV code, const std::string& doing) {
  if (code == CKR_OK) return;
  throw Error(Errc::token_failed,
              doing + " failed: " + words(code) + " (PKCS#11 error " + std::to_string(code) + ")");
}

std::mutex& token_turn() {
  static std::mutex one;
  return one;
}

CK_FUNCTION_LIST& token_module(const std::string& path) {
  static std::map<std::string, Loaded> modules;  // the caller has the turn
  Loaded& module = modules[path];
  if (module.functions == nullptr) module.functions = &load(path);
  if (module.owner != ::getpid()) {
    CK_C_INITIALIZE_ARGS threads{};
    threads.flags = CKF_OS_LOCKING_OK;
    const CK_RV code = module.functions->C_Initialize(&threads);
    if (code != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
      require_token(code, "initialising PKCS#11 module " + path);
    }
    module.owner = ::getpid();
  }
  return *module.functions;
}

TokenSession::TokenSession(CK_FUNCTION_LIST& module, const std::string& token, ByteView pin,
                           std::atomic<bool>& is_refused, TokenAccess access)
    : module_(module) {
  const CK_FLAGS flags =
      CKF_SERIAL_SESSION | (access == TokenAccess::read_write ? CKF_RW_SESSION : CK_FLAGS{0});
  require_token(module.C_OpenSession(slot_of(module, token), flags, nullptr, nullptr, &session_),
                "opening token '" + token + "'");
  auto* bytes = const_cast<CK_UTF8CHAR*>(pin.data());  // PKCS #11 has no const
  const CK_RV code = module.C_Login(session_, CKU_USER, bytes, pin.size());
  is_refused = code == CKR_PIN_INCORRECT || code == CKR_PIN_LOCKED;
  has_logged_in_ = code == CKR_OK;
  if (code == CKR_OK || code == CKR_USER_ALREADY_LOGGED_IN) return;
  module.C_CloseSession(session_);
  require_token(code, "logging in to token '" + token + "'");
}

TokenSession::~TokenSession() {
  if (has_logged_in_) module_.C_Logout(session_);
  module_.C_CloseSession(session_);
}

}  // namespace morgiana::seal
