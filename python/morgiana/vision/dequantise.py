"""Rewrites block-quantised ONNX models so that every runtime loads them.

Block quantisation of weights came with opset 21. Older runtimes refuse it, and none gains from
it on a CPU: the weights are unpacked to float32 once, while a model is installed.
"""

import copy
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

Constants: TypeAlias = dict[str, NDArray[Any]]

PORTABLE_OPSET = 12  # onnxruntime ≥ 1.2
PORTABLE_IR = 7  # the IR that came with opset 12

# Operators that compute the same in every opset from 12 to 23 when they pass the checker at 12.
SAME_SINCE_OPSET_12 = frozenset(
    "Add BatchNormalization Concat Constant Conv Dropout Flatten Gemm MaxPool Mul PRelu Relu "
    "Reshape Resize Sigmoid Sub Transpose".split()
)


def dequantise(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of a model with float32 weights in place of quantised constants.

    Folds every DequantizeLinear of constants (a tensor, an axis or blocks of an axis share a
    scale) and every Reshape of constants, leaves only those inputs that are none and are read,
    and lowers the opset to 12 where all operators permit it.
    Errors: onnx.checker.ValidationError where the result is not a valid model.
    """
    portable = onnx.ModelProto()
    portable.CopyFrom(model)
    graph = portable.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    kept = []
    for node in graph.node:
        if node.op_type in _FOLD and all(name in constants for name in node.input):
            constants[node.output[0]] = _FOLD[node.op_type](node, constants)
        else:
            kept.append(node)
    _replace(graph.node, kept)
    used = {name for node in graph.node for name in node.input}
    used |= {value.name for value in graph.output}
    inputs = [value for value in graph.input if value.name in used - constants.keys()]
    _replace(graph.input, inputs)
    _replace(graph.initializer, _tensors(constants, used))
    del graph.value_info[:]
    _lower_opset(portable)
    onnx.checker.check_model(portable, full_check=True)
    return portable


def free_image_size(model: onnx.ModelProto) -> None:
    """Declares height and width of the image input as free, in place.

    For fully convolutional models that were exported with one fixed size.
    """
    graph = model.graph
    (image,) = graph.input
    _, _, height, width = image.type.tensor_type.shape.dim
    height.dim_param, width.dim_param = "height", "width"
    for output in graph.output:
        output.type.tensor_type.shape.dim[1].dim_param = f"{output.name}_anchors"


def _dequantised(node: onnx.NodeProto, constants: Constants) -> NDArray[np.float32]:
    quantised, scale = (constants[name] for name in node.input[:2])
    zero = constants[node.input[2]] if len(node.input) > 2 else np.zeros_like(scale, np.int32)
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    axis, block = attributes.get("axis", 1), attributes.get("block_size", 0)
    scale, zero = (_spread(part, quantised, axis, block) for part in (scale, zero))
    return ((quantised.astype(np.int32) - zero.astype(np.int32)) * scale).astype(np.float32)


def _spread(part: NDArray[Any], target: NDArray[Any], axis: int, block: int) -> NDArray[Any]:
    """Scales or zero points, brought to a shape that broadcasts against the target."""
    if block:
        return np.repeat(part, block, axis).take(range(target.shape[axis]), axis)
    if part.size == 1:
        return part.reshape(())
    shape = [1] * target.ndim
    shape[axis] = -1
    return part.reshape(shape)


def _reshaped(node: onnx.NodeProto, constants: Constants) -> NDArray[Any]:
    tensor, shape = (constants[name] for name in node.input)
    sizes = [int(n) or tensor.shape[i] for i, n in enumerate(shape.tolist())]  # 0 copies a size
    return tensor.reshape(sizes)


_FOLD = {"DequantizeLinear": _dequantised, "Reshape": _reshaped}


def _tensors(constants: Constants, names: set[str]) -> list[onnx.TensorProto]:
    return [
        numpy_helper.from_array(array, name) for name, array in constants.items() if name in names
    ]


def _lower_opset(model: onnx.ModelProto) -> None:
    (opset,) = [entry for entry in model.opset_import if entry.domain == ""]
    if opset.version <= PORTABLE_OPSET:
        return
    if {node.op_type for node in model.graph.node} <= SAME_SINCE_OPSET_12:
        opset.version = PORTABLE_OPSET
        model.ir_version = PORTABLE_IR


def _replace(field: Any, items: Sequence[Any]) -> None:
    """Replaces the entries of a protobuf repeated field, which has no assignment."""
    items = copy.deepcopy(items)  # they may be entries of the field itself
    del field[:]
    field.extend(items)
