#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "data.hpp"
#include "seal/token_module.hpp"

namespace morgiana {

inline constexpr const char* kModule = "/usr/lib/softhsm/libsofthsm2.so";
inline constexpr const char* kPin = "135791";

/// A SoftHSM of this process with a token "gate". Its module is initialised once for a process.
struct SoftHsm {
  SoftHsm() {
    std::filesystem::create_directory(tokens);
    std::ofstream(folder / "conf")
        << "directories.tokendir = " << tokens << "\nlog.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", (folder / "conf").c_str(), 1);
    is_there = std::filesystem::exists(kModule) && add_token("gate");
  }

  static bool add_token(const std::string& label) {
    const std::string command = "softhsm2-util --init-token --free --label " + label + " --pin " +
                                kPin + " --so-pin 24680246 >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;
  }
  /// As who pulls it out.
  void take_away() const { std::filesystem::rename(tokens, folder / "elsewhere"); }
  /// SoftHSM looks for tokens when it is initialised, where a reader would notice one by itself.
  void put_back() const {
    std::filesystem::rename(folder / "elsewhere", tokens);
    CK_FUNCTION_LIST& module = seal::token_module(kModule);
    module.C_Finalize(nullptr);
    module.C_Initialize(nullptr);
  }

  test::ScratchFolder folder;
  std::string tokens = folder / "tokens";
  bool is_there = false;
};

inline const SoftHsm& soft_hsm() {
  static const SoftHsm one;
  return one;
}

}  // namespace morgiana
