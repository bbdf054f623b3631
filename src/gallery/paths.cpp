#include "gallery/paths.hpp"

#include <filesystem>
#include <system_error>

#include "morgiana/error.hpp"

namespace morgiana {
namespace {

std::string resolved(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    throw Error(Errc::invalid_argument, "the path of a gallery is empty or has a zero byte");
  }
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  if (!error) return real;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder, error)) {
    throw Error(Errc::not_found, "there is no folder " + folder.string() + " for gallery " + path);
  }
  // A folder that is left later must not change what is meant.
  const std::filesystem::path at = std::filesystem::canonical(folder.empty() ? "." : folder, error);
  if (error) throw Error(Errc::not_found, "there is no folder for gallery " + path);
  return (at / std::filesystem::path(path).filename()).string();
}

}  // namespace

GalleryPaths::GalleryPaths(const std::string& path)
    : database(resolved(path)),
      keyset(database + ".keyset"),
      lock(database + ".lock"),
      refusals(database + ".refusals") {}

}  // namespace morgiana
