"""What texts mean that name nothing: word pieces, a BERT written here, and the model of the package where it is there."""

import json
from pathlib import Path

import numpy as np
import pytest

from imgcdn.gravity import embedding, naming
from imgcdn.gravity.embedding import BertEmbedder
from imgcdn.gravity.meaning import Meaning
from imgcdn.gravity.wordpieces import WordPieces, read_vocabulary

PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "cat", "play", "##ing", "##s", "!", "犬", "naive", "a", "b", "##b")
LABELS = ("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
          "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor")  # fmt: skip
WIDTH, HEADS, WIDE, LAYERS = 8, 2, 16, 2


def pieces_of(text: str, most: int = 64, *, is_cased: bool = False) -> list[str]:
    numbers = WordPieces({piece: n for n, piece in enumerate(PIECES)}, is_cased=is_cased).numbers(text, most)
    return [PIECES[number] for number in numbers]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("cat", ["cat"]),
        ("  CAT\tcats\n", ["cat", "cat", "##s"]),
        ("playing!", ["play", "##ing", "!"]),
        ("naïve", ["naive"]),
        ("犬cat", ["犬", "cat"]),
        ("ca\u200bt c\x00at", ["cat", "cat"]),
        ("cat xyz", ["cat", "[UNK]"]),
        ("abbb", ["a", "##b", "##b", "##b"]),
        ("a" + "b" * 100 + " cat", ["[UNK]", "cat"]),
        ("xyz", []),
        ("", []),
    ],
)
def test_a_text_is_cut_into_the_longest_pieces_that_are_known(text, pieces):
    assert pieces_of(text) == ["[CLS]", *pieces, "[SEP]"]


def test_cased_words_are_not_those_in_small_letters():
    assert pieces_of("CAT cat", is_cased=True) == ["[CLS]", "[UNK]", "cat", "[SEP]"]


def test_a_long_text_is_cut_off():
    assert pieces_of("cat " * 1000, 10) == ["[CLS]", *["cat"] * 8, "[SEP]"]


def test_a_vocabulary_without_a_start_is_none():
    with pytest.raises(ValueError, match=r"lacks \[CLS\]"):
        WordPieces({"[UNK]": 0, "[SEP]": 1})


# a model that is written here


def tensors() -> dict[str, np.ndarray]:
    draw = np.random.default_rng(7)
    shapes = {
        "embeddings.word_embeddings.weight": (len(PIECES), WIDTH),
        "embeddings.position_embeddings.weight": (64, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
    }
    norms = ["embeddings.LayerNorm"]
    for n in range(LAYERS):
        at = f"encoder.layer.{n}"
        linear = {f"{at}.attention.self.{part}": (WIDTH, WIDTH) for part in ("query", "key", "value")}
        linear |= {f"{at}.attention.output.dense": (WIDTH, WIDTH)}
        linear |= {f"{at}.intermediate.dense": (WIDE, WIDTH), f"{at}.output.dense": (WIDTH, WIDE)}
        norms += [f"{at}.attention.output.LayerNorm", f"{at}.output.LayerNorm"]
        shapes |= {f"{name}.weight": shape for name, shape in linear.items()}
        shapes |= {f"{name}.bias": shape[:1] for name, shape in linear.items()}
    shapes |= {f"{name}.{part}": (WIDTH,) for name in norms for part in ("weight", "bias")}
    return {name: draw.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def written(folder: Path, found: dict[str, np.ndarray], *, kind: str = "F32", **config: object) -> Path:
    folder.mkdir(exist_ok=True)
    said = {"model_type": "bert", "hidden_act": "gelu", "num_attention_heads": HEADS, "num_hidden_layers": LAYERS}
    (folder / "config.json").write_text(json.dumps(said | config))
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n")
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, tensor in found.items():
        part = tensor.astype("<f2" if kind == "F16" else "<f4").tobytes()
        header[name] = {"dtype": kind, "shape": tensor.shape, "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)
    return folder


def test_vectors_have_length_one_depend_on_the_order_of_words_and_are_nothing_where_no_word_is_known(tmp_path):
    model = BertEmbedder(written(tmp_path / "m", tensors()))
    cat, playing, swapped, nothing = model.embed(["cat!", "playing cat", "cat playing", "xyz"])
    assert np.linalg.norm(cat) == pytest.approx(1, abs=1e-5)
    assert not np.allclose(playing, swapped, atol=1e-4)
    assert not nothing.any()
    assert np.allclose(model.embed(["CAT!"])[0], cat)


def test_names_may_have_a_prefix_and_half_as_many_bits_do(tmp_path):
    plain = BertEmbedder(written(tmp_path / "a", tensors())).embed(["playing cats"])
    prefixed = {f"bert.{name}": tensor for name, tensor in tensors().items()}
    half = BertEmbedder(written(tmp_path / "b", prefixed, kind="F16")).embed(["playing cats"])
    assert float(plain[0] @ half[0]) > 0.999


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (
            lambda folder: (folder / "config.json").write_text('{"model_type": "gpt2", "hidden_act": "gelu"}'),
            "expected a BERT",
        ),
        (lambda folder: written(folder, tensors(), hidden_act="relu"), "expected a BERT"),
        (
            lambda folder: (
                (folder / "1_Pooling").mkdir()
                or (folder / "1_Pooling/config.json").write_text('{"pooling_mode_cls_token": true}')
            ),
            "mean pooling",
        ),
        (lambda folder: (folder / "vocab.txt").write_text("cat\n"), "vocabulary lacks"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b""), "no whole safetensors"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\xff" * 100), "no whole safetensors"),
        (
            lambda folder: (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-4]),
            "no whole safetensors",
        ),
        (lambda folder: written(folder, dict(list(tensors().items())[:-1])), "it lacks"),
        (lambda folder: (folder / "vocab.txt").unlink(), "vocab.txt"),
    ],
    ids=["kind", "gelu", "pooling", "vocabulary", "empty", "garbage", "short", "tensor", "missing"],
)
def test_a_model_that_cannot_be_run_is_refused_with_the_reason(tmp_path, spoil, expected):
    folder = written(tmp_path / "m", tensors())
    spoil(folder)
    with pytest.raises((ValueError, OSError), match=expected):
        BertEmbedder(folder)


def test_the_version_names_what_the_files_hold(tmp_path):
    one, same = written(tmp_path / "a", tensors()), written(tmp_path / "b", tensors())
    assert embedding.version(one) == embedding.version(same)
    (same / "vocab.txt").write_text("\n".join([*PIECES, "dog"]))
    assert embedding.version(one) != embedding.version(same)
    assert read_vocabulary(same).numbers("dog", 9)[1] == len(PIECES)


def test_the_folder_of_the_settings_comes_before_the_package(tmp_path):
    assert embedding.find(tmp_path) == tmp_path


# the real one


@pytest.fixture(scope="module")
def model(text_model) -> BertEmbedder:
    return BertEmbedder(text_model)


@pytest.fixture(scope="module")
def meaning(model) -> Meaning:
    return Meaning(model, LABELS)


def test_vectors_are_those_that_the_makers_of_the_model_publish(model):
    """The similarities that the documentation of Sentence Transformers prints for its first example."""
    weather, sunny, stadium = model.embed(
        ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    )
    told = [float(weather @ sunny), float(weather @ stadium), float(sunny @ stadium)]
    assert told == pytest.approx([0.6660, 0.1046, 0.1411], abs=2e-4)


@pytest.mark.parametrize(
    ("text", "label"),
    [("feline", "cat"), ("a fluffy feline", "cat"), ("canine", "dog"), ("poodle", "dog"), ("parrot", "bird"), ("pigeons", "bird"),
     ("rowboat", "boat"), ("the vessel", "boat"), ("stallion", "horse"), ("mare", "horse"), ("railway", "train"), ("jetliner", "aeroplane"),
     ("sedan", "car"), ("SUV", "car"), ("an empty seat", "chair"), ("someone", "person"), ("flower", "pottedplant"), ("cheeks", "face"),
     ("a feline beside a truck", "cat")],
)  # fmt: skip
def test_a_text_means_the_label_that_it_lies_near(meaning, text, label):
    found = meaning.of(text)
    assert list(found) == [label]
    assert 0.65 <= found[label] <= 1


@pytest.mark.parametrize(
    "text",
    ["spaceship", "elephant", "a tiger", "lion", "truck", "tree", "rocket", "helicopter", "umbrella", "guitar", "pizza", "sword", "blue", "love",
     "nothing at all", "", "+", "犬", "the", "xqzt", "a red lamp on the wall", "a " * 300],
)  # fmt: skip
def test_a_text_that_lies_near_nothing_means_nothing(meaning, text):
    assert meaning.of(text) == {}


@pytest.mark.parametrize(
    "text",
    ["cat", "kittens", "puppy", "automobile", "couch", "airplane", "people", "faces", "animals", "my canine and a cat"],
)
def test_a_text_that_names_a_label_means_no_other(meaning, text):
    assert any(naming.matches(label, text) for label in (*LABELS, "face"))
    assert meaning.of(text) == {}


def test_a_text_may_mean_several_labels(meaning):
    assert set(meaning.of("livestock")) == {"sheep", "cow"}


def test_people_are_understood_without_any_object_model(model):
    assert Meaning(model).of("somebody else") == {"person": pytest.approx(0.7, abs=0.2)}
