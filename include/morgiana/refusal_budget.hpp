#pragma once

#include <cstdint>

namespace morgiana {

/// How often a day (UTC) subjects may be refused to those who ask before they are withheld. A
/// caller who sees no scores learns from each refusal close to the threshold on which side of it a
/// subject's references lie, and some thousand such answers give them away. Counts are durable
/// before the answer is given, and hold for all processes that count. Who is updated or renewed
/// begins anew. The day is that of the machine's clock. What a budget does not stop:
/// docs/SECURITY-MODEL.md#score-leakage.
struct RefusalBudget {
  std::uint32_t per_caller = 20;   // of one subject to one caller (IdentifyOptions::caller)
  std::uint32_t per_subject = 40;  // of one subject to all callers
  /// identify counts who scores less than the threshold by at most so much, and a runner-up that
  /// does; verify counts every refusal. From 0 to 2.
  float band = 0.03F;
};

}  // namespace morgiana
