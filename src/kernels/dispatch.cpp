#include "kernels/dispatch.hpp"

#include <cstdlib>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "morgiana/error.hpp"

namespace morgiana::kernels {
namespace {

bool always() {
  return true;
}

struct Offer {
  const char* name;
  const KernelTable* table;  // null where this build is for another architecture
  bool (*is_supported)();
};

#if defined(__x86_64__)

// The compiler's CPU check also asks whether the operating system saves the wide registers
// (XGETBV).

bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

bool has_vnni() {
  return has_avx512() && __builtin_cpu_supports("avx512vnni");
}

/// Linux lets a process use tiles if it asks, unless a thread has an alternate signal stack that is
/// too small to save them on, and refuses such stacks from then on. So it is asked only where this
/// tier may be taken (decision record 0011).
bool may_use_tiles() {
#if defined(__linux__)
  constexpr long kAskForState = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;
  return syscall(SYS_arch_prctl, kAskForState, kTileData) == 0;
#else
  return false;
#endif
}

bool has_amx() {
  constexpr unsigned kTiles = 1U << 24;
  constexpr unsigned kBytes = 1U << 25;
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return has_vnni() && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & kTiles) != 0 &&
         (d & kBytes) != 0 && may_use_tiles();
}

/// Every tier that exists, best first.
constexpr Offer kOffers[] = {{"amx", &amx::kTable, &has_amx},
                             {"avx512-vnni", &avx512_vnni::kTable, &has_vnni},
                             {"avx512", &avx512::kTable, &has_avx512},
                             {"avx2", &avx2::kTable, &has_avx2},
                             {"scalar", &scalar::kTable, &always}};

#else

bool never() {
  return false;
}

constexpr Offer kOffers[] = {{"amx", nullptr, &never},
                             {"avx512-vnni", nullptr, &never},
                             {"avx512", nullptr, &never},
                             {"avx2", nullptr, &never},
                             {"scalar", &scalar::kTable, &always}};

#endif

std::string listed(bool supported_only) {
  std::string names;
  for (const Offer& offer : kOffers) {
    if (supported_only && !offer.is_supported()) continue;
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
  for (const Offer& offer : kOffers) {
    if (offer.is_supported()) tables.push_back(offer.table);
  }
  return tables;
}

const KernelTable& named(std::string_view tier) {
  for (const Offer& offer : kOffers) {
    if (tier != offer.name) continue;
    if (offer.is_supported()) return *offer.table;
    throw Error(Errc::unsupported_tier, "this machine, or this process, cannot run the tier " +
                                            std::string(tier) + "; it can run " + listed(true));
  }
  throw Error(Errc::unknown_tier, "there is no instruction tier '" + std::string(tier) +
                                      "' (MORGIANA_TIER); the tiers are " + listed(false));
}

const KernelTable& chosen() {
  static const KernelTable& table = choose();
  return table;
}

}  // namespace morgiana::kernels
