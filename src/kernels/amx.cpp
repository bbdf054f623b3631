#include "kernels/amx_tiles.hpp"
#include "kernels/vnni.hpp"

namespace morgiana::kernels::amx {
namespace {

/// A query alone waits for memory: tiles are for batches.
using Vector = Avx512<Vnni>;

}  // namespace

const KernelTable kTable = {Tier::amx,
                            "amx",
                            &select_cohorts<Vector>,
                            &narrow_signs<Vector>,
                            &narrow_high<Vector>,
                            &narrow_both<Vector>,
                            &narrow_batch<Vector, AmxTiles<Vector>>,
                            &narrow_residual<Vector>,
                            &dot};

}  // namespace morgiana::kernels::amx
