// A list of ids given to the command line: every line is an id, and every id a line.
#include "bindings/cli/id_list.hpp"

#include <string>

#include "input_file.hpp"

using namespace morgiana;

namespace {

/// As id lists are read: a line may end with a carriage return, the last one without anything.
std::string as_lines(std::string text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  for (std::size_t at = text.find("\r\n"); at != std::string::npos; at = text.find("\r\n", at)) {
    text.erase(at++, 1);
  }
  return text;
}

bool may_be_in_an_id(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7F && byte != 0xC0 && byte != 0xC1 && byte <= 0xF4;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  static fuzz::InputFile file;
  file.write({data, num_bytes});
  const auto refused = fuzz::refusal([&] {
    std::string read;
    for (const SubjectId& id : cli::read_ids(file.path())) {
      fuzz::require(!id.str().empty() && id.str().size() <= SubjectId::kMaxBytes &&
                        std::all_of(id.str().begin(), id.str().end(), may_be_in_an_id),
                    "an id is of 1 to 256 bytes that UTF-8 has, and none is a control character");
      read += id.str() + '\n';
    }
    fuzz::require(read == as_lines({reinterpret_cast<const char*>(data), num_bytes}),
                  "the ids are the lines");
  });
  fuzz::require(!refused || refused == Errc::invalid_argument, "a list is refused as documented");
  return 0;
}
