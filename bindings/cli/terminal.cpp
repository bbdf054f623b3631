#include "terminal.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "morgiana/error.hpp"

namespace morgiana::cli {
namespace {

/// The terminal, silent until it is destroyed.
class SilentTerminal {
 public:
  explicit SilentTerminal(const Question& question)
      : file_(::open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    if (file_ < 0 || ::tcgetattr(file_, &before_) != 0) {
      if (file_ >= 0) ::close(file_);
      throw Error(Errc::invalid_argument, "there is no terminal to ask for the " + question.secret +
                                              "; use " + question.file_option);
    }
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);  // a signal would leave it silent
    ::tcsetattr(file_, TCSAFLUSH, &silent);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  ~SilentTerminal() {
    ::tcsetattr(file_, TCSAFLUSH, &before_);
    show("\n");
    ::close(file_);
  }

  void show(const std::string& text) const {
    static_cast<void>(!::write(file_, text.data(), text.size()));
  }

  std::string line() const {
    std::string line;
    char byte = 0;
    while (::read(file_, &byte, 1) == 1 && byte != '\n') line += byte;
    return line;
  }

 private:
  int file_;
  termios before_{};
};

}  // namespace

std::string ask_secret(const Question& question) {
  const SilentTerminal terminal(question);
  terminal.show(question.prompt);
  std::string line = terminal.line();
  constexpr char kInterrupt = '\x03';  // Ctrl-C
  if (line.empty() || line.find(kInterrupt) != std::string::npos)
    throw Error(Errc::invalid_argument, "no " + question.secret + " was typed");
  return line;
}

}  // namespace morgiana::cli
