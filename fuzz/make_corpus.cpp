// Writes the inputs that the fuzzers begin with. They are made up, and none is needed for the
// others: make them anew where a format changes. Usage: make_corpus <folder>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "authentic_keyset.hpp"
#include "morgiana/drift_file.hpp"
#include "receipt/desk.hpp"
#include "seal/passphrase.hpp"

using namespace morgiana;
using test::bytes_of;
using test::counting_bytes;

namespace {

class Corpus {
 public:
  explicit Corpus(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void add(const std::string& fuzzer, const std::string& name, const Bytes& bytes) const {
    std::filesystem::create_directories(folder_ / fuzzer);
    std::ofstream file(folder_ / fuzzer / name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) throw std::runtime_error("cannot write " + name);
  }

 private:
  std::filesystem::path folder_;
};

Bytes number(std::uint64_t value, std::size_t num_bytes) {
  Bytes bytes;
  for (std::size_t i = 0; i < num_bytes; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xFF));
  }
  return bytes;
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// Everything of a keyset from the generation to the commitment, the last key current.
Bytes described(std::uint8_t version, std::uint32_t num_keys, const seal::KekEnvelope& envelope) {
  Bytes bytes = joined({number(77, 8), number(num_keys, 4)});
  for (std::uint32_t i = 1; i <= num_keys; ++i) {
    bytes = joined({bytes, number(i, 4), number(i == num_keys ? 1 : 2, 1)});
  }
  if (version == 1) return bytes;
  return joined({bytes,
                 {static_cast<std::uint8_t>(envelope.holder)},
                 number(envelope.parameters.size(), 2),
                 envelope.parameters});
}

void add_keysets(const Corpus& corpus) {
  const auto add = [&](const std::string& name, std::uint8_t version, std::uint32_t num_keys,
                       const seal::KekEnvelope& envelope = {}) {
    const Bytes body = described(version, num_keys, envelope);
    const std::size_t num_secret_bytes = seal::SecretKey::kBytes * (num_keys + 2);
    corpus.add("keyset_authentic", name, joined({{version}, number(num_secret_bytes, 2), body}));
    const Bytes file = fuzz::authentic_keyset(version, body, counting_bytes(num_secret_bytes));
    corpus.add("keyset_file", name, file);
    const auto last_entry = file.begin() + 40 + 5 * std::int64_t{num_keys} - 5;
    if (num_keys > 1) corpus.add("keyset_file", name + "_cut", {file.begin(), last_entry});
  };
  add("version_1", 1, 1);
  add("one_key", 2, 1);
  add("two_keys", 2, 2);
  add("most_keys", 2, seal::Keyset::kMaxWrappingKeys);
  add("too_many_keys", 2, seal::Keyset::kMaxWrappingKeys + 1);
  add("no_key", 2, 0);
  add("newer", 3, 1);
  add("passphrase", 2, 1,
      {seal::KekHolder::passphrase, seal::PassphraseParameters{.salt = {}}.encode()});
  add("token", 2, 1, {seal::KekHolder::token, counting_bytes(32)});
  add("most_parameters", 2, 1,
      {seal::KekHolder::token, counting_bytes(seal::Keyset::kMaxParameterBytes)});
}

void add_records(const Corpus& corpus) {
  corpus.add("sealed_record", "whole", {});
  corpus.add("sealed_record", "shorter", {1});
  corpus.add("sealed_record", "other_binding", {0, 1, 1});
  corpus.add("sealed_record", "other_nonce", {0, 0, 1});
  corpus.add("sealed_record", "longer", joined({{0, 0}, Bytes(77, 0)}));
  corpus.add("key_slot", "whole", {});
  corpus.add("key_slot", "other_subject", {1});
  corpus.add("key_slot", "other_slot", joined({Bytes(8, 0), {1}}));
  corpus.add("key_slot", "retiring_key", joined({Bytes(16, 0), {3}}));
  corpus.add("key_slot", "other_tag", joined({Bytes(16 + 63, 0), {1}}));
}

void add_heads(const Corpus& corpus) {
  corpus.add("commit_head", "whole", {0});
  corpus.add("commit_head", "other_count", joined({{0}, Bytes(40, 0), {1}}));
  corpus.add("commit_head", "longer", Bytes(1 + 145, 0));
  corpus.add("commit_head", "authentic", joined({{1}, counting_bytes(112)}));
  corpus.add("commit_head", "authentic_full",
             joined({{1}, Bytes(64, 0), number(1U << 31, 8), Bytes(40, 0)}));
  corpus.add("commit_head", "authentic_short", joined({{1}, counting_bytes(111)}));
  for (std::uint8_t commit = 0; commit < 4; ++commit) {
    corpus.add("anchor", "commit_" + std::to_string(commit), {0, commit});
    corpus.add("anchor", "other_count_" + std::to_string(commit),
               joined({{1, commit}, Bytes(8, 0), {1}}));
  }
  corpus.add("anchor", "changed", {0, 1, 1});
  corpus.add("anchor", "ahead", {1, 3, 0, 1});
  corpus.add("anchor", "empty", {2});
  corpus.add("anchor", "nonsense", joined({{2}, counting_bytes(144)}));
}

void add_keys(const Corpus& corpus) {
  const auto with_iterations = [&](const std::string& name, std::uint32_t iterations) {
    corpus.add("passphrase", name, joined({number(iterations, 4), counting_bytes(32)}));
  };
  using Parameters = seal::PassphraseParameters;
  with_iterations("new", Parameters::kIterations);
  with_iterations("least", Parameters::kLeastIterations);
  with_iterations("below_least", Parameters::kLeastIterations - 1);
  with_iterations("most", Parameters::kMostIterations);
  with_iterations("above_most", Parameters::kMostIterations + 1);
  with_iterations("all_bits", ~std::uint32_t{0});
  corpus.add("passphrase", "short", counting_bytes(35));
  const Bytes magic = bytes_of("morgiana key v1\n");
  corpus.add("key_file", "whole", joined({magic, counting_bytes(32)}));
  corpus.add("key_file", "short", joined({magic, counting_bytes(31)}));
  corpus.add("key_file", "long", joined({magic, counting_bytes(33)}));
  corpus.add("key_file", "newer", joined({bytes_of("morgiana key v2\n"), counting_bytes(32)}));
  corpus.add("key_file", "empty", {});
}

Bytes npy(std::uint8_t version, const std::string& header, std::size_t num_value_bytes) {
  return joined({bytes_of("\x93NUMPY"),
                 {version, 0},
                 number(header.size(), version == 1 ? 2 : 4),
                 bytes_of(header),
                 counting_bytes(num_value_bytes)});
}

void add_imports(const Corpus& corpus) {
  const auto header = [](const std::string& descr, const std::string& order,
                         const std::string& shape) {
    return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape +
           ", }   \n";
  };
  corpus.add("npy", "two_rows", npy(1, header("<f4", "False", "(2, 3)"), 24));
  corpus.add("npy", "one_row", npy(2, header("<f4", "False", "(3,)"), 12));
  corpus.add("npy", "no_rows", npy(3, header("<f4", "False", "(0, 3)"), 0));
  corpus.add("npy", "no_columns", npy(1, header("<f4", "False", "(3, 0)"), 0));
  corpus.add("npy", "fortran", npy(1, header("<f4", "True", "(2, 3)"), 24));
  corpus.add("npy", "doubles", npy(1, header("<f8", "False", "(2, 3)"), 48));
  corpus.add("npy", "huge", npy(1, header("<f4", "False", "(4611686018427387904, 4)"), 16));
  corpus.add("npy", "beyond", npy(1, header("<f4", "False", "(99999999999999999999,)"), 4));
  corpus.add("npy", "open_string", npy(1, "{'descr", 0));
  corpus.add("npy", "long_header", joined({bytes_of("\x93NUMPY"), {2, 0}, number(~0U, 4)}));
  corpus.add("id_list", "lines", bytes_of("E-1\nE-2\n"));
  corpus.add("id_list", "no_last_end", bytes_of("E-1\nE-2"));
  corpus.add("id_list", "returns",
             bytes_of("\xEF\xBB\xBF"
                      "E-1\r\nE-2\r\n"));
  corpus.add("id_list", "empty_line", bytes_of("E-1\n\nE-2\n"));
  corpus.add("id_list", "utf8", bytes_of("M\xC3\xBCller\n\xE2\x82\xAC\n\xF0\x9F\x99\x82\n"));
  corpus.add("id_list", "overlong", bytes_of("\xC0\xAF\n"));
  corpus.add("id_list", "longest", bytes_of(std::string(256, 'x') + "\n"));
  corpus.add("id_list", "too_long", bytes_of(std::string(257, 'x') + "\n"));
}

void add_policies(const Corpus& corpus) {
  const auto add = [&](const std::string& name, const std::string& more) {
    corpus.add(
        "policy_file", name,
        bytes_of(R"({"format":1,"name":"n","version":1,"accept":{"at_least":0.5},"margin":0)" +
                 more + "}"));
  };
  const auto add_rules = [&](const std::string& name, const std::string& rules) {
    add(name, ",\n\"rules\":{" + rules + "}");
  };
  add("smallest", "");
  add("twice", R"(,"margin":0)");
  add("probable", R"(,"assurance":{"miss_probability":1e-9})");
  add("proven", R"(,"assurance":"proven")");
  add("deep", R"(,"rules":[[[[[[[[[]]]]]]]]])");
  add_rules(
      "access",
      R"("access":[{"area":"a","cohorts":[0,63],"weekdays":["mon","sun"],"from":"22:00","to":"06:00"}])");
  add_rules("anti_passback", R"("anti_passback":[{"area":"a","reset_after_s":60}],"debounce_s":5)");
  add_rules(
      "amounts",
      R"("amounts":[{"currency":"EUR","up_to":5,"needs":"face"},{"currency":"EUR","up_to":9,"needs":"step_up"}],"day_limits":[{"currency":"EUR","up_to":9}])");
  add_rules(
      "overlap",
      R"("amounts":[{"currency":"EUR","up_to":5,"needs":"face"},{"currency":"EUR","up_to":5,"needs":"face"}])");
  add_rules("limits", R"("max_attempts":3,"max_transaction_s":60,"max_capture_age_s":10)");
  add_rules("beyond", R"("max_attempts":18446744073709551616,"debounce_s":1e999)");
  add_rules("escapes", R"("access":[{"area":"\u00e9\ud83d\ude42\n"}])");
  add_rules("overlong", "\"access\":[{\"area\":\"\xC0\xAF\"}]");
}

void add_alarms(const Corpus& corpus) {
  DriftAlarm alarm({0.5, {"a", "b"}, {{0.4F}}});
  corpus.add("drift_file", "fresh", bytes_of(to_json(alarm)));
  const std::vector<Score> scores = {{0.3F}, {0.5F}};
  const std::vector<double> promised = {0.1};
  alarm.observe_scores("b", scores, promised, 1);
  corpus.add("drift_file", "seen", bytes_of(to_json(alarm)));
  alarm.observe_false_accepts("a", Fpir{0.01}, 9, 9, 1);
  corpus.add("drift_file", "rung", bytes_of(to_json(alarm)));
}

void add_calibrations(const Corpus& corpus) {
  const auto add = [&](const std::string& name, const std::string& points,
                       const std::string& more = "") {
    corpus.add(
        "calibration_file", name,
        bytes_of(
            R"({"format":1,"model":{"name":"m","dim":128},"evidence":{"data":"d","data_sha256":"0","date":"t",)"
            R"("num_identities":9,"num_images":9,"num_excluded_pairs":0},)"
            R"("curves":[{"references_per_subject":1,"num_probes":1,"num_probe_identities":9,"num_subjects":8,)"
            R"("points":[)" +
            points + "]" + more + "}]}"));
  };
  const std::string low =
      R"({"threshold":0.3,"num_identity_pairs":900,"fmr":[0.1,9000],"fpir":[0.5,900],"fnmr":null})";
  const std::string high =
      R"({"threshold":0.4,"num_identity_pairs":90,"fmr":[0.005,9000],"fpir":[0.04,900],"fnmr":[0.1,20]})";
  add("one", low);
  add("two", low + "," + high);
  add("reversed", high + "," + low);
  add("none", "");
  add("unknown", low, R"(,"more":1)");
  add("rate", R"({"threshold":2,"num_identity_pairs":-1,"fmr":[2,0],"fpir":[],"fnmr":[1e999,1]})");
}

void add_receipts(const Corpus& corpus) {
  const Desk desk;
  const auto add = [&](const std::string& name, std::uint8_t mode, const std::string& text) {
    corpus.add("receipt", name, joined({{mode}, bytes_of(text)}));
  };
  add("token", 0, desk.token(Desk::claims()));
  add("no_signature", 0, "eyJhbGciOiJub25lIn0.e30.");
  add("header", 1, desk.header().dump());
  add("header_crit", 1, R"({"alg":"Ed25519","crit":["exp"],"kid":"k","typ":"t"})");
  add("claims", 2, Desk::claims().dump());
  Desk::Json denied = Desk::claims();
  denied.update({{"decision", "denied"}, {"reason", "no_candidate"}});
  denied.erase("sub");
  add("denied", 2, denied.dump());
  Desk::Json logged = Desk::claims();
  logged.update({{"sequence", 1}, {"prev", std::string(64, '0')}, {"nbf", 1}, {"policy", "5"}});
  add("logged", 2, logged.dump());
  add("twice", 2, R"({"jti":"a","x":{"a":1,"a":2}})");
  corpus.add("receipt_log", "whole", {0});
  corpus.add("receipt_log", "first_byte", {0, 1});
  corpus.add("receipt_log", "receipt", joined({{1}, bytes_of(logged.dump())}));
  corpus.add("receipt_log", "checkpoint",
             joined({{2},
                     bytes_of(R"({"count":2,"iat":1,"iss":"https://campus.example/gate",)"
                              R"("log":"AAECAwQFBgcICQoLDA0ODw","prev":")" +
                              std::string(64, '0') + R"("})")}));
}

void add_databases(const Corpus& corpus) {
  constexpr std::uint8_t kNumPages = 9;
  for (std::uint8_t verb = 0; verb < 3; ++verb) {
    corpus.add("database", "whole_" + std::to_string(verb), {verb});
  }
  corpus.add("database", "header", {0, 0, 18, 0, 2, 1, 1});  // how it is written
  corpus.add("database", "version", {0, 0, 63, 0, 1, 2});    // the format's
  for (std::uint8_t page = 1; page < kNumPages; ++page) {
    const std::string name = "page_" + std::to_string(page);
    corpus.add("database", name + "_kind", {0, page, 0, 0, 1, 7});
    corpus.add("database", name + "_last_cell", {0, page, 0xFF, 0x3F, 1, 1});
    for (std::uint8_t bits = 1; bits < 4; ++bits) {
      corpus.add("database", name + "_cells_" + std::to_string(bits), {0, page, 4, 0, 1, bits});
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_corpus <folder>\n");
    return 2;
  }
  const Corpus corpus{std::filesystem::path(argv[1])};
  add_keysets(corpus);
  add_records(corpus);
  add_heads(corpus);
  add_keys(corpus);
  add_imports(corpus);
  add_policies(corpus);
  add_calibrations(corpus);
  add_alarms(corpus);
  add_receipts(corpus);
  add_databases(corpus);
  return 0;
}
