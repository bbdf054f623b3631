// A policy file: understood whole, or refused as one that is not.
#include <string>
#include <string_view>

#include "input.hpp"
#include "morgiana/decision.hpp"
#include "morgiana/policy_file.hpp"

using namespace morgiana;

namespace {

/// With a blank at its end it means the same.
void require_digest_of_meaning(const PolicyFile& read, std::string text) {
  text += '\n';
  if (text.size() > PolicyFile::kMaxBytes) return;
  const PolicyFile again = PolicyFile::parse(text, "again");
  fuzz::require(again.digest == read.digest && again.policy.rules == read.policy.rules,
                "what a file means is what it says");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  const std::string text(reinterpret_cast<const char*>(data), num_bytes);
  try {
    const PolicyFile read = PolicyFile::parse(text, "policy.json");
    fuzz::require(!detail::fault_of(read.policy), "a policy that is read is valid");
    fuzz::require(!read.name.empty() && read.digest.size() == 64, "it has a name and a digest");
    require_digest_of_meaning(read, text);
    const Verification claim({read.policy.accept}, "ada", Score{1.0F});
    fuzz::require(decide(claim, read.policy, {}).outcome != Outcome::granted,
                  "no policy grants without a context");
  } catch (const Error& error) {
    const std::string_view message = error.what();
    const bool is_refusal =
        error.code() == Errc::bad_policy || error.code() == Errc::unsupported_format;
    fuzz::require(is_refusal && message.starts_with("policy.json:") && message.size() < 2000,
                  "a refusal is bad_policy, or of a newer format, and names the file");
    for (const char c : message) fuzz::require(c >= 0x20 && c < 0x7F, "a refusal can be printed");
  }
  return 0;
}
