#include "store/line_reader.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace morgiana::store {

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

}  // namespace

LineReader::LineReader(const std::string& path, std::size_t max_line_bytes)
    : path_(path),
      file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      max_line_bytes_(max_line_bytes) {
  if (!file_.valid()) fail_with_errno("opening", path);
}

void LineReader::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + kReadBytes);
  ssize_t got = 0;
  do {
    got = ::read(file_.get(), buffer_.data() + kept, kReadBytes);
  } while (got < 0 && errno == EINTR);
  if (got < 0) fail_with_errno("reading", path_);
  buffer_.resize(kept + static_cast<std::size_t>(got));
  is_at_end_ = got == 0;
}

std::optional<LineReader::Line> LineReader::next() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', at_);
    const std::size_t length = (end == std::string::npos ? buffer_.size() : end) - at_;
    const bool is_too_long = length > max_line_bytes_;
    const bool is_ended = end != std::string::npos;
    if (!is_ended && !is_too_long && !is_at_end_) {
      fill();
      continue;
    }
    if (!is_ended && length == 0) return std::nullopt;
    const Line line{std::string_view(buffer_).substr(at_, length), is_ended && !is_too_long,
                    consumed_ + length + (is_ended ? 1 : 0)};
    at_ += length + (is_ended ? 1 : 0);
    consumed_ = line.end;
    return line;
  }
}

}  // namespace morgiana::store
