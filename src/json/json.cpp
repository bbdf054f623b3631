#include "json/json.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <limits>
#include <memory>

#include <nlohmann/json.hpp>

#include "morgiana/error.hpp"

namespace morgiana::json {
namespace {

/// How far the parser has read. It reads a byte more than a number has, which may be the end of a
/// line: so the line of a token is that of its last byte that is no space.
struct Position {
  std::size_t line = 1;
  std::size_t token_line = 1;

  void pass(char byte) noexcept {
    if (byte == '\n') ++line;
    const bool is_space = byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
    if (!is_space) token_line = line;
  }
};

/// The bytes of a text, counting its lines for a parser that tells none.
class CountedByte {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountedByte(const char* at, Position* position) : at_(at), position_(position) {}
  reference operator*() const noexcept { return *at_; }
  CountedByte& operator++() noexcept {
    position_->pass(*at_++);
    return *this;
  }
  friend bool operator==(const CountedByte& a, const CountedByte& b) noexcept {
    return a.at_ == b.at_;
  }

 private:
  const char* at_;
  Position* position_;
};

/// What the parser calls: it makes the value, and refuses at once. A container that is open is the
/// last one of what holds it, so that it stays where it is until it is closed.
class Builder {
 public:
  Builder(const Source& source, const Position& position) : source_(source), position_(position) {}

  Value take() && { return std::move(root_); }

  bool null() { return add({.kind = Value::Kind::null}); }
  bool boolean(bool value) { return add({.kind = Value::Kind::boolean, .whole = value ? 1 : 0}); }
  bool number_integer(std::int64_t value) { return add_whole(value); }
  bool number_unsigned(std::uint64_t value) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (value <= std::uint64_t{kMost}) return add_whole(static_cast<std::int64_t>(value));
    return number_float(static_cast<double>(value), std::to_string(value));
  }
  bool number_float(double value, const std::string& written) {
    return add({.kind = Value::Kind::real, .real = value, .text = written});
  }
  bool string(std::string& value) {
    return add({.kind = Value::Kind::text, .text = std::move(value)});
  }
  bool binary(std::vector<std::uint8_t>&) { refuse("is no JSON: it holds binary data"); }

  bool start_object(std::size_t) { return open(Value::Kind::object); }
  bool start_array(std::size_t) { return open(Value::Kind::list); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    if (open_.back()->find(name) != nullptr) {
      refuse("the field " + printable(name) + " is there twice");
    }
    open_.back()->fields.emplace_back(std::move(name), Value{});
    return true;
  }

  /// The parser's own words, without its code and its idea of the place.
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) {
    std::string_view words = error.what();
    words.remove_prefix(std::min(words.find("] ") + 2, words.size()));
    if (const auto place = words.find("column "); place != words.npos) {
      words.remove_prefix(std::min(words.find(": ", place) + 2, words.size()));
    }
    refuse("is no JSON: " + printable(words));
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    json::refuse(source_, position_.token_line, what);
  }

  bool add_whole(std::int64_t value) {
    return add({.kind = Value::Kind::whole,
                .whole = value,
                .real = static_cast<double>(value),
                .text = std::to_string(value)});
  }

  bool add(Value value) {
    place(std::move(value));
    return true;
  }

  Value& place(Value value) {
    value.line = position_.token_line;
    if (open_.empty()) return root_ = std::move(value);
    Value& holder = *open_.back();
    if (holder.kind == Value::Kind::list) return holder.items.emplace_back(std::move(value));
    return holder.fields.back().second = std::move(value);
  }

  bool open(Value::Kind kind) {
    if (open_.size() == kMaxDepth) {
      refuse("is nested deeper than " + std::to_string(kMaxDepth) + " levels");
    }
    open_.push_back(&place({.kind = kind}));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  const Source& source_;
  const Position& position_;
  Value root_;
  std::vector<Value*> open_;
};

}  // namespace

const Value* Value::find(std::string_view name) const noexcept {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

std::string Value::shown() const {
  switch (kind) {
    case Kind::null: return "null";
    case Kind::boolean: return whole == 0 ? "false" : "true";
    case Kind::whole:
    case Kind::real: return printable(text);
    case Kind::text: return '"' + printable(text) + '"';
    case Kind::list: return "a list";
    case Kind::object: return "an object";
  }
  return "nothing";
}

void refuse(const Source& source, std::size_t line, const std::string& what) {
  throw Error(source.fault, source.name + ":" + std::to_string(line) + ": " + what);
}

Value parse(std::string_view text, const Source& source) {
  if (text.size() > source.max_bytes) {
    throw Error(source.fault, source.name + ": has more than the " +
                                  std::to_string(source.max_bytes) + " bytes that are allowed");
  }
  if (text.starts_with("\xEF\xBB\xBF")) refuse(source, 1, "is no JSON: it begins with a mark");
  if (const auto end = text.find('\0'); end != text.npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + std::ptrdiff_t(end), '\n');
    refuse(source, static_cast<std::size_t>(line), "is no JSON: it holds a zero byte");
  }
  Position position;
  Builder builder(source, position);
  const char* const end = text.data() + text.size();
  nlohmann::json::sax_parse(CountedByte(text.data(), &position), CountedByte(end, &position),
                            &builder);
  return std::move(builder).take();
}

namespace {

struct Close {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

[[noreturn]] void fail(const char* doing, const std::string& path) {
  const int code = errno;
  throw Error(code == ENOENT ? Errc::not_found : Errc::storage_failed,
              std::string(doing) + " " + path + ": " + std::strerror(code));
}

}  // namespace

std::string read(const Source& source) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(source.name.c_str(), "rbe"));
  if (!file) fail("opening", source.name);
  std::string text(source.max_bytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) fail("reading", source.name);
  return text;
}

std::string printable(std::string_view text) {
  constexpr std::size_t kMostShown = 120;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string shown;
  for (const char c : text.substr(0, kMostShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F) {
      shown += c;
    } else {
      shown += {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return text.size() > kMostShown ? shown + "..." : shown;
}

}  // namespace morgiana::json
