// A NumPy file given to the command line: values are its last bytes, as many as its shape says.
#include "bindings/cli/npy.hpp"

#include <cstring>

#include "input_file.hpp"

using namespace morgiana;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t num_bytes) {
  static fuzz::InputFile file;
  const ByteView bytes(data, num_bytes);
  file.write(bytes);
  const auto refused = fuzz::refusal([&] {
    const cli::Matrix matrix = cli::read_npy(file.path());
    const std::size_t num_value_bytes = matrix.values.size() * sizeof(float);
    fuzz::require(matrix.num_columns > 0 &&
                      matrix.values.size() / matrix.num_columns == matrix.num_rows &&
                      matrix.values.size() % matrix.num_columns == 0,
                  "a matrix has as many values as its shape says");
    fuzz::require(num_value_bytes < bytes.size(), "a matrix is smaller than its file");
    fuzz::require(num_value_bytes == 0 ||
                      std::memcmp(matrix.values.data(),
                                  &*(bytes.end() - static_cast<std::ptrdiff_t>(num_value_bytes)),
                                  num_value_bytes) == 0,
                  "values are those of the file");
  });
  fuzz::require(!refused || refused == Errc::invalid_argument, "a file is refused as documented");
  return 0;
}
