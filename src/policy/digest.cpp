#include "policy/digest.hpp"

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

#include "seal/mac.hpp"
#include "seal/transcript.hpp"

namespace morgiana::policy {
namespace {

using seal::Transcript;

/// Both zeros are one number.
std::uint64_t bits_of(double value) {
  return value == 0.0 ? 0 : std::bit_cast<std::uint64_t>(value);
}

void add(Transcript& all, const Amount& amount) {
  all.add(amount.currency).add(static_cast<std::uint64_t>(amount.minor_units));
}

/// A limit that is not there is 0, which none can be.
void add(Transcript& all, const std::optional<std::uint32_t>& limit) {
  all.add(std::uint64_t{limit.value_or(0)});
}

void add(Transcript& all, const Rules& rules) {
  all.add(std::uint64_t{rules.access.size()});
  for (const AccessRule& rule : rules.access) {
    all.add(rule.area).add(rule.cohorts.bits).add(std::uint64_t{rule.weekdays.bits});
    all.add(std::uint64_t{rule.from_minute}).add(std::uint64_t{rule.to_minute});
  }
  all.add(std::uint64_t{rules.anti_passback.size()});
  for (const AntiPassback& rule : rules.anti_passback) add(all.add(rule.area), rule.reset_after_s);
  add(all, rules.debounce_s);
  all.add(std::uint64_t{rules.amounts.size()});
  for (const AmountTier& tier : rules.amounts) {
    add(all, tier.up_to);
    all.add(static_cast<std::uint64_t>(tier.needs));
  }
  all.add(std::uint64_t{rules.day_limits.size()});
  for (const Amount& limit : rules.day_limits) add(all, limit);
  add(all, rules.max_attempts);
  add(all, rules.max_transaction_s);
  add(all, rules.max_capture_age_s);
}

}  // namespace

std::string digest_of(const PolicyFile& file) {
  Transcript all("morgiana/policy/1");
  all.add(file.name).add(std::uint64_t{file.version});
  all.add(bits_of(double{file.policy.accept.at_least.cosine}));
  all.add(bits_of(double{file.policy.margin}));
  all.add(bits_of(file.policy.assurance.miss_probability));
  add(all, file.policy.rules);
  if (const auto& risk = file.policy.risk) {
    all.add(bits_of(risk->at_most.rate)).add(std::uint64_t{risk->num_probes});
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : seal::sha256(all.view())) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

}  // namespace morgiana::policy
