#include "seal/token_objects.hpp"

#include <algorithm>
#include <array>

namespace morgiana::seal {

std::vector<CK_OBJECT_HANDLE> find_objects(const TokenSession& session,
                                           std::vector<CK_ATTRIBUTE> wanted,
                                           const std::string& looking) {
  CK_FUNCTION_LIST& module = session.module();
  require_token(module.C_FindObjectsInit(session.get(), wanted.data(), wanted.size()), looking);
  std::vector<CK_OBJECT_HANDLE> found;
  std::array<CK_OBJECT_HANDLE, 8> some{};
  CK_ULONG count = 0;
  CK_RV code = CKR_OK;
  do {
    count = 0;
    code = module.C_FindObjects(session.get(), some.data(), some.size(), &count);
    if (code != CKR_OK) break;
    count = std::min<CK_ULONG>(count, some.size());
    found.insert(found.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
  } while (count != 0);
  module.C_FindObjectsFinal(session.get());
  require_token(code, looking);
  return found;
}

}  // namespace morgiana::seal
