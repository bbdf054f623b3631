#include "kernels/dispatch.hpp"

#include <cstdlib>
#include <string>

#include "morgiana/error.hpp"

namespace morgiana::kernels {
namespace {

struct Offer {
  const char* name;
  const KernelTable* table;  // null where this build is for another architecture
  bool supported;
};

/// Every tier that exists, best first. The compiler's CPU check also asks whether the operating
/// system saves the wide registers (XGETBV).
std::vector<Offer> offers() {
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  const bool vnni = avx512 && __builtin_cpu_supports("avx512vnni");
  return {{"avx512-vnni", &avx512_vnni::kTable, vnni},
          {"avx512", &avx512::kTable, avx512},
          {"avx2", &avx2::kTable, avx2},
          {"scalar", &scalar::kTable, true}};
#else
  return {{"avx512-vnni", nullptr, false},
          {"avx512", nullptr, false},
          {"avx2", nullptr, false},
          {"scalar", &scalar::kTable, true}};
#endif
}

std::string listed(const std::vector<Offer>& all, bool supported_only) {
  std::string names;
  for (const Offer& offer : all) {
    if (supported_only && !offer.supported) continue;
    if (!names.empty()) names += ", ";
    names += offer.name;
  }
  return names;
}

const KernelTable& choose() {
  const char* wanted = std::getenv("MORGIANA_TIER");
  return wanted == nullptr || *wanted == '\0' ? *available().front() : named(wanted);
}

}  // namespace

std::vector<const KernelTable*> available() {
  std::vector<const KernelTable*> tables;
  for (const Offer& offer : offers()) {
    if (offer.supported) tables.push_back(offer.table);
  }
  return tables;
}

const KernelTable& named(std::string_view tier) {
  const std::vector<Offer> all = offers();
  for (const Offer& offer : all) {
    if (tier != offer.name) continue;
    if (offer.supported) return *offer.table;
    throw Error(Errc::unsupported_tier, "this machine cannot run the tier " + std::string(tier) +
                                            "; it can run " + listed(all, true));
  }
  throw Error(Errc::unknown_tier, "there is no instruction tier '" + std::string(tier) +
                                      "' (MORGIANA_TIER); the tiers are " + listed(all, false));
}

const KernelTable& chosen() {
  static const KernelTable& table = choose();
  return table;
}

}  // namespace morgiana::kernels
