import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped, unused-ignore]
import pytest

pytest.importorskip("onnx", reason="dequantisation needs the onnx package")

import onnx  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from morgiana.vision import dequantise  # noqa: E402

RNG = np.random.default_rng(3)


def block_quantised(axis: int, block: int) -> tuple[onnx.ModelProto, np.ndarray]:
    """y = x · reshape(dequantised), and the matrix that it stands for."""
    quantised = RNG.integers(-128, 128, (6, 10), dtype=np.int8)
    blocks = [6, 10]
    blocks[axis] = -(-blocks[axis] // block)
    scale = RNG.uniform(0.01, 0.1, blocks).astype(np.float32)
    zero = RNG.integers(-5, 6, blocks, dtype=np.int8)
    expected = np.empty((6, 10), np.float32)
    for i, j in np.ndindex(6, 10):
        cell = (i // block, j) if axis == 0 else (i, j // block)
        expected[i, j] = (int(quantised[i, j]) - int(zero[cell])) * scale[cell]
    constants: dict[str, np.ndarray] = {
        "q": quantised,
        "s": scale,
        "z": zero,
        "shape": np.array([10, 6]),
    }
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["w"], axis=axis, block_size=block),
        helper.make_node("Reshape", ["w", "shape"], ["v"]),
        helper.make_node("Gemm", ["x", "v"], ["fc1"]),
    ]
    return model(nodes, constants), expected.reshape(10, 6)


def model(nodes: list[onnx.NodeProto], constants: dict[str, np.ndarray]) -> onnx.ModelProto:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 10])
    y = helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [1, 6])
    stale = helper.make_tensor_value_info("removed_weight", TensorProto.FLOAT, [6, 10])
    tensors = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    declared = [helper.make_tensor_value_info("s", TensorProto.FLOAT, constants["s"].shape)]
    graph = helper.make_graph(nodes, "g", [x, stale, *declared], [y], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


@pytest.mark.parametrize("axis, block", [(0, 2), (0, 4), (1, 5), (1, 3), (1, 10)])
def test_blocks_of_an_axis_unpack_to_what_numpy_computes(axis: int, block: int) -> None:
    quantised, expected = block_quantised(axis, block)
    portable = dequantise.dequantise(quantised)
    (weight,) = [numpy_helper.to_array(tensor) for tensor in portable.graph.initializer]
    np.testing.assert_array_equal(weight, expected)


@pytest.mark.parametrize(
    "axis, scale_shape, zero", [(0, (6,), True), (1, (10,), False), (1, (), True), (0, (1,), False)]
)
def test_an_axis_or_a_tensor_may_share_a_scale(
    axis: int, scale_shape: tuple[int, ...], zero: bool
) -> None:
    quantised = RNG.integers(0, 256, (6, 10), dtype=np.uint8)
    scale = RNG.uniform(0.01, 0.1, scale_shape).astype(np.float32)
    zero_point = RNG.integers(100, 156, scale_shape, dtype=np.uint8) if zero else np.uint8(0)
    along = (-1, 1) if axis == 0 else (1, -1)
    expected = (
        quantised.astype(np.float32) - np.float32(1) * np.reshape(zero_point, along if zero else ())
    ) * scale.reshape(along)
    constants: dict[str, np.ndarray] = {"q": quantised, "s": scale, "z": np.asarray(zero_point)}
    names = ["q", "s", "z"] if zero else ["q", "s"]
    nodes = [
        helper.make_node("DequantizeLinear", names, ["w"], axis=axis),
        helper.make_node("Gemm", ["x", "w"], ["fc1"], transB=1),
    ]
    portable = dequantise.dequantise(model(nodes, constants))
    (weight,) = [numpy_helper.to_array(tensor) for tensor in portable.graph.initializer]
    np.testing.assert_array_equal(weight, expected)


def test_the_result_runs_and_equals_numpy() -> None:
    quantised, expected = block_quantised(1, 5)
    session = ort.InferenceSession(dequantise.dequantise(quantised).SerializeToString())
    x = RNG.normal(size=(1, 10)).astype(np.float32)
    (y,) = session.run(None, {"x": x})
    # ten products and sums in float32, in an order of the runtime's choice
    bound = 10 * np.finfo(np.float32).eps * (np.abs(x) @ np.abs(expected))
    assert (np.abs(y - x.astype(float) @ expected) <= bound).all()


def test_only_what_is_fed_and_read_remains_an_input() -> None:
    portable = dequantise.dequantise(block_quantised(1, 5)[0])
    assert [value.name for value in portable.graph.input] == ["x"]
    assert [node.op_type for node in portable.graph.node] == ["Gemm"]


def test_the_opset_is_lowered_only_where_every_operator_permits_it() -> None:
    quantised, _ = block_quantised(1, 5)
    portable = dequantise.dequantise(quantised)
    assert (portable.opset_import[0].version, portable.ir_version) == (12, 7)
    quantised.graph.node.append(helper.make_node("Gelu", ["fc1"], ["later"]))
    assert dequantise.dequantise(quantised).opset_import[0].version == 21


def test_the_given_model_is_left_as_it_was() -> None:
    quantised, _ = block_quantised(0, 2)
    before = quantised.SerializeToString(deterministic=True)
    dequantise.dequantise(quantised)
    assert quantised.SerializeToString(deterministic=True) == before
