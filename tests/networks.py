"""Small ONNX networks written by hand: one with YuNet's outputs that takes red for faces, and one that is no YuNet."""

import math
from pathlib import Path

import numpy as np

_FLOAT, _INT64 = 1, 7
"""ONNX's numbers for types of elements."""
_STRIDES = (8, 16, 32)
BOX_PX = 96
"""The side of the box that is drawn around each red cell of 32 px."""


def write_red_finder(path: Path, *, side: int | None = None) -> Path:
    """Write a network that OpenCV's FaceDetectorYN takes for YuNet. It is sure of every cell of 32 px that is red.

    With `side` its input is fixed to that many pixels each way, as in the YuNet files of 2023; else it has any size.
    """
    nodes, tensors, outputs = [], [], []
    for stride in _STRIDES:
        is_used = stride == 32
        nodes.append(_node("AveragePool", ["input"], [f"p{stride}"], kernel_shape=[stride] * 2, strides=[stride] * 2))
        # BGR 0-255; a red of 200 over the others gives +10, grey gives -10.
        red = (0.1 * np.array([[-0.5, -0.5, 1.0]]), np.array([-10.0])) if is_used else (np.zeros((1, 3)), [-30.0])
        box = np.array([0.5, 0.5, *[math.log(BOX_PX / stride)] * 2])
        points = np.array([0.0, 0.0, 1.0, 0.0, 0.5, 0.5, 0.0, 1.0, 1.0, 1.0])
        heads = {"cls": red, "obj": red, "bbox": (np.zeros((4, 3)), box), "kps": (np.zeros((10, 3)), points)}
        for name, (weights, bias) in heads.items():
            key, count = f"{name}_{stride}", len(bias)
            tensors += [
                _tensor(f"w_{key}", np.asarray(weights, np.float32).reshape(count, 3, 1, 1)),
                _tensor(f"b_{key}", np.asarray(bias, np.float32)),
                _tensor(f"s_{key}", np.array([1, -1, count], np.int64)),
            ]
            nodes.append(_node("Conv", [f"p{stride}", f"w_{key}", f"b_{key}"], [f"c_{key}"], kernel_shape=[1, 1]))
            nodes.append(_node("Transpose", [f"c_{key}"], [f"t_{key}"], perm=[0, 2, 3, 1]))
            last = f"r_{key}" if name in {"cls", "obj"} else key
            nodes.append(_node("Reshape", [f"t_{key}", f"s_{key}"], [last]))
            if last != key:
                nodes.append(_node("Sigmoid", [last], [key]))
            outputs.append(_value(key, [1, None if side is None else (side // stride) ** 2, count]))
    path.write_bytes(_model(nodes, tensors, [_value("input", [1, 3, side, side])], outputs))
    return path


def write_other(path: Path) -> Path:
    """Write a network that is as good an ONNX file as any, and no YuNet."""
    nodes = [_node("Relu", ["input"], ["output"])]
    path.write_bytes(_model(nodes, [], [_value("input", [1, 3, 320, 320])], [_value("output", [1, 3, 320, 320])]))
    return path


def write_damaged(path: Path) -> Path:
    """Write a network whose weights claim far more numbers than there are: OpenCV 5 crashes on it."""
    weights = _number(1, 40_000) + _number(1, 3_000) + _number(1, 1) * 2 + _number(2, _FLOAT)
    nodes = [_node("Conv", ["input", "w"], ["output"], kernel_shape=[1, 1])]
    tensors = [_bytes(5, weights + _bytes(8, "w") + _bytes(9, bytes(16)))]
    path.write_bytes(_model(nodes, tensors, [_value("input", [1, 3, 320, 320])], [_value("output", [1, 3, 320, 320])]))
    return path


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _node(kind: str, inputs: list[str], outputs: list[str], **attributes: list[int]) -> bytes:
    body = b"".join(_bytes(1, name) for name in inputs) + b"".join(_bytes(2, name) for name in outputs)
    body += _bytes(3, f"n_{outputs[0]}") + _bytes(4, kind)
    for name, values in attributes.items():
        body += _bytes(5, _bytes(1, name) + b"".join(_number(8, value) for value in values) + _number(20, 7))
    return _bytes(1, body)


def _tensor(name: str, values: np.ndarray) -> bytes:
    kind = _INT64 if values.dtype == np.int64 else _FLOAT
    body = b"".join(_number(1, length) for length in values.shape)
    return _bytes(5, body + _number(2, kind) + _bytes(8, name) + _bytes(9, values.tobytes()))


def _value(name: str, shape: list[int | None]) -> bytes:
    """A tensor of floats that goes in or out; None is a length of any size."""
    lengths = (_bytes(2, f"{name}_{i}") if length is None else _number(1, length) for i, length in enumerate(shape))
    dimensions = b"".join(_bytes(1, length) for length in lengths)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, _FLOAT) + _bytes(2, dimensions)))


def _model(nodes: list[bytes], tensors: list[bytes], inputs: list[bytes], outputs: list[bytes]) -> bytes:
    graph = b"".join(nodes) + _bytes(2, "graph") + b"".join(tensors)
    graph += b"".join(_bytes(11, value) for value in inputs) + b"".join(_bytes(12, value) for value in outputs)
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 13))
