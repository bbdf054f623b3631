#include "kernels/amx_tiles.hpp"
#include "kernels/vnni.hpp"

namespace morgiana::kernels::amx {
namespace {

/// A query alone waits for memory: tiles are for batches.
using Vector = Avx512<Vnni>;

}  // namespace

constinit const KernelTable kTable = table_of<Vector, AmxTiles<Vector>>(Tier::amx, "amx", &dot);

}  // namespace morgiana::kernels::amx
