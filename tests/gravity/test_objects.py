"""Object models: real TFLite files, the shared one and some written here that have no layers at all."""

import importlib
import json
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from lacks import lacking
from PIL import Image

from imgcdn.gravity import objects
from imgcdn.gravity.objects import ObjectModel
from imgcdn.gravity.settings import GravitySettings
from imgcdn.model.analysis import ObjectMap, Thing
from imgcdn.model.geometry import Region
from imgcdn.model.media import Preview

COLOURS = "red\ngreen\nblue\n"
DETECTIONS = [
    np.array([[[0.1, 0.2, 0.5, 0.6], [0.0, 0.0, 1.0, 1.0], [-0.2, 0.5, 0.3, 1.4], [0.5, 0.5, 0.9, 0.9]]], np.float32),
    np.array([[0, 1, 2, 1]], np.float32),
    np.array([[0.9, 0.1, 0.8, 0.9]], np.float32),
    np.array([3], np.float32),
]
"""Three detections of four count: one sure, one doubtful, one that reaches over the picture's edge."""


@pytest.fixture(scope="session")
def schema():
    if not objects.is_runtime_installed():
        lacking("ai-edge-litert is not installed")
    return importlib.import_module("ai_edge_litert.schema_py_generated")


@pytest.fixture
def write(schema, tmp_path: Path):
    """Write a model without layers: None is its input given back, an array a constant that it always gives."""

    def write(
        outputs: list[np.ndarray | None],
        labels: str = COLOURS,
        *,
        shape: tuple[int, ...] = (1, 32, 48, 3),
        kind: str = "FLOAT32",
    ) -> tuple[Path, Path]:
        model, graph = schema.ModelT(), schema.SubGraphT()
        model.version, model.description, model.operatorCodes = 3, b"", []
        model.subgraphs, model.buffers, graph.operators, graph.tensors = [graph], [schema.BufferT()], [], []

        def tensor(size: tuple[int, ...], kind: str, content: np.ndarray | None) -> int:
            made = schema.TensorT()
            made.name, made.shape, made.type, made.buffer = b"t", list(size), getattr(schema.TensorType, kind), 0
            if content is not None:
                buffer = schema.BufferT()
                buffer.data = np.frombuffer(content.tobytes(), np.uint8)
                model.buffers.append(buffer)
                made.buffer = len(model.buffers) - 1
            graph.tensors.append(made)
            return len(graph.tensors) - 1

        graph.inputs = [tensor(shape, kind, None)]
        graph.outputs = [
            graph.inputs[0] if output is None else tensor(output.shape, output.dtype.name.upper(), output)
            for output in outputs
        ]
        builder = importlib.import_module("flatbuffers").Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        (tmp_path / "model.tflite").write_bytes(bytes(builder.Output()))
        (tmp_path / "labels.txt").write_text(labels, "utf-8")
        return tmp_path / "model.tflite", tmp_path / "labels.txt"

    return write


@pytest.fixture(scope="session")
def real(shared: Path, schema) -> tuple[Path, Path]:
    """DeepLab and its labels: 20 classes of Pascal VOC."""
    folder = shared / "models"
    if not folder.is_dir():
        lacking(f"there are no models in {shared}")
    return folder / "deeplabv3_mnv2_pascal_quant.tflite", folder / "pascal_voc_segmentation_labels.txt"


@pytest.fixture(scope="session")
def deeplab(real: tuple[Path, Path]) -> ObjectModel:
    return ObjectModel(*real)


def picture(width: int = 480, height: int = 320) -> Preview:
    """Green, with a red block in the lower right quarter."""
    pixels = np.full((height, width, 3), (0, 255, 0), np.uint8)
    pixels[height // 2 :, width // 2 :] = (255, 0, 0)
    return Preview(width, height, pixels.tobytes())


def photo(path: Path) -> Preview:
    image = Image.open(path).convert("RGB")
    return Preview(image.width, image.height, image.tobytes())


def grid(found: ObjectMap | None) -> np.ndarray:
    assert found is not None
    return np.frombuffer(b64decode(found.cells), np.uint8).reshape(found.height, found.width)


def test_a_real_model_finds_the_animals_and_people_of_photographs(deeplab: ObjectModel, shared: Path) -> None:
    data = shared / "data" / "dev"
    records = [json.loads(line) for line in (data / "manifest.jsonl").read_text().splitlines()]
    wanted = {"dog", "cat", "person", "bus", "train", "airplane"}
    asked = [record for record in records if set(record.get("objects") or ()) & wanted and record["set"] == "coco"][:12]
    found = 0
    for record in asked:
        _, things = deeplab.detect(photo(data / record["file"]))
        seen = {thing.label.replace("aeroplane", "airplane") for thing in things}
        found += bool(seen & set(record["objects"]))
    assert len(asked) == 12
    assert found >= 9


def test_the_box_of_a_real_thing_lies_where_the_labelled_subject_does(deeplab: ObjectModel, shared: Path) -> None:
    data = shared / "data" / "dev"
    records = [json.loads(line) for line in (data / "manifest.jsonl").read_text().splitlines()]
    overlaps = []
    for record in [record for record in records if record["set"] == "pets" and "boxes" in record]:
        _, things = deeplab.detect(photo(data / record["file"]))
        x, y, w, h = record["boxes"][0]
        box = Region(x / record["width"], y / record["height"], w / record["width"], h / record["height"], 1.0)
        overlaps.append(max((overlap(thing.region, box) for thing in things), default=0.0))
    assert len(overlaps) >= 5
    assert np.median(overlaps) > 0.6


def overlap(a: Region, b: Region) -> float:
    wide = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    tall = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    both = max(0.0, wide) * max(0.0, tall)
    return both / (a.area + b.area - both)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (640, 3), (333, 333), (640, 427)])
def test_a_map_has_the_pictures_shape_and_takes_less_than_5_kb(write, size: tuple[int, int]) -> None:
    found, _ = ObjectModel(*write([None])).detect(picture(*size))
    assert found is not None
    assert len(found.cells) <= 5120
    assert max(found.width, found.height) <= 64
    assert grid(found).shape == (found.height, found.width)
    if min(size) > 100:
        assert found.width / found.height == pytest.approx(size[0] / size[1], rel=0.03)


@pytest.mark.parametrize("kind", ["FLOAT32", "UINT8"])
def test_scores_of_either_kind_become_a_map_and_a_thing_for_each_piece(write, kind: str) -> None:
    found, things = ObjectModel(*write([None], kind=kind)).detect(picture())
    assert found is not None
    cells, names = grid(found), ("", *found.labels)
    assert names[cells[2, 2]] == "green"
    assert names[cells[-3, -3]] == "red"
    assert [thing.label for thing in things] == ["green", "red"]
    red = things[1].region
    assert (red.x, red.y, red.width, red.height) == pytest.approx((0.5, 0.5, 0.5, 0.5), abs=0.05)
    assert 0 < red.score <= 1


def test_class_numbers_become_pieces_whose_score_is_how_far_they_fill_their_box(write) -> None:
    numbers = np.zeros((1, 40, 60), np.int64)
    numbers[0, 5:15, 10:30] = 1
    numbers[0, 25:35, 40:50] = 1
    numbers[0, 30:35, 45:50] = 0
    numbers[0, 0, 0] = 2
    numbers[0, 39] = 255
    found, things = ObjectModel(*write([numbers], "background\ncat\ndog\n\nnotes follow")).detect(picture())
    assert [thing.label for thing in things] == ["cat", "cat"]
    assert things[0].region == Region(10 / 60, 5 / 40, 20 / 60, 10 / 40, 1.0)
    assert things[1].region == Region(40 / 60, 25 / 40, 10 / 60, 10 / 40, 0.75)
    assert found is not None
    assert grid(found).mean() == pytest.approx(275 / 2400, abs=0.01)


def test_a_class_0_with_a_name_of_its_own_is_an_object(write) -> None:
    _, things = ObjectModel(*write([np.zeros((1, 40, 60), np.int64)], "wall\ncat")).detect(picture())
    assert things == (Thing("wall", Region(0, 0, 1, 1, 1.0)),)


def test_one_score_a_pixel_is_a_class_against_nothing(write) -> None:
    sure = np.zeros((1, 20, 20, 1), np.float32)
    sure[0, :10] = 0.9
    _, things = ObjectModel(*write([sure], "background\nperson")).detect(picture())
    assert [thing.label for thing in things] == ["person"]
    assert things[0].region.height == 0.5
    assert things[0].region.score == pytest.approx(0.9)


def test_a_picture_of_nothing_has_an_empty_map_and_no_things(write) -> None:
    nothing = np.zeros((1, 20, 20), np.int64)
    found, things = ObjectModel(*write([nothing], "background\nperson")).detect(picture())
    assert found is not None
    assert found.labels == ()
    assert not grid(found).any()
    assert things == ()


def test_a_detection_model_gives_its_sure_boxes_inside_the_picture(write) -> None:
    found, things = ObjectModel(*write(DETECTIONS)).detect(picture())
    assert found is None
    assert [thing.label for thing in things] == ["red", "blue"]
    red, blue = (thing.region for thing in things)
    assert (red.x, red.y, red.width, red.height) == pytest.approx((0.2, 0.1, 0.4, 0.4))
    assert (blue.x, blue.y, blue.width, blue.height) == pytest.approx((0.5, 0.0, 0.5, 0.3))
    assert (red.score, blue.score) == pytest.approx((0.9, 0.8))


def test_labels_of_a_detection_model_that_begin_unnamed_are_counted_from_the_next(write) -> None:
    _, things = ObjectModel(*write(DETECTIONS, "???\nperson\nbicycle\ncar\n")).detect(picture())
    assert [thing.label for thing in things] == ["person", "car"]


def test_numbered_labels_may_leave_numbers_out(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("0  person\n1  bicycle\n4  traffic light\n")
    assert objects.read_labels(tmp_path / "l.txt") == ("person", "bicycle", "???", "???", "traffic light")


def test_a_model_that_is_not_there_is_named_with_what_was_expected(write, tmp_path: Path) -> None:
    _, labels = write([None])
    with pytest.raises(OSError, match=r"^gone\.tflite cannot be read .*expected a TFLite model"):
        ObjectModel(tmp_path / "gone.tflite", labels)


def test_a_file_that_is_no_model_is_refused(write, tmp_path: Path) -> None:
    _, labels = write([None])
    (tmp_path / "page.tflite").write_text("<html>not found</html>")
    with pytest.raises(ValueError, match=r"^page\.tflite is no TFLite model"):
        ObjectModel(tmp_path / "page.tflite", labels)


def test_half_a_model_is_refused(real: tuple[Path, Path], tmp_path: Path) -> None:
    model, labels = real
    whole = model.read_bytes()
    (tmp_path / "half.tflite").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"^half\.tflite cannot be run: expected a whole TFLite model"):
        ObjectModel(tmp_path / "half.tflite", labels)


@pytest.mark.parametrize(
    ("shape", "kind", "expected"),
    [((1, 32, 32, 1), "FLOAT32", "expected one picture"), ((1, 3, 32, 32), "FLOAT32", "expected one picture"),
     ((1, 32), "FLOAT32", "expected one picture"), ((1, 32, 32, 3), "INT8", "expected uint8 or float32"), ((1, 1, 1, 3), "UINT8", "expected a fixed size")],
)  # fmt: skip
def test_a_model_with_another_input_is_refused(write, shape: tuple[int, ...], kind: str, expected: str) -> None:
    with pytest.raises(ValueError, match=rf"^model\.tflite takes .*{expected}"):
        ObjectModel(*write([np.zeros((1, 8, 8), np.int64)], shape=shape, kind=kind))


@pytest.mark.parametrize(
    "outputs",
    [[np.zeros((1, 5), np.float32)], [np.zeros((1, 8, 8), np.float32)], [None, None], [*DETECTIONS[:3]],
     [*DETECTIONS[1:], DETECTIONS[0]]],
)  # fmt: skip
def test_a_model_that_gives_something_else_is_refused(write, outputs: list[np.ndarray | None]) -> None:
    with pytest.raises(ValueError, match=r"model\.tflite gives .*expected the class numbers"):
        ObjectModel(*write(outputs))


def test_labels_that_are_missing_empty_or_no_text_are_refused(write, tmp_path: Path) -> None:
    model, labels = write([None])
    with pytest.raises(OSError, match=r"gone\.txt cannot be read .*expected the names"):
        ObjectModel(model, tmp_path / "gone.txt")
    labels.write_bytes(b"\n\n")
    with pytest.raises(ValueError, match=r"labels\.txt is empty"):
        ObjectModel(model, labels)
    labels.write_bytes(b"\xff\xfe\x00r")
    with pytest.raises(ValueError, match=r"labels\.txt cannot be read \(it is not UTF-8\)"):
        ObjectModel(model, labels)


def test_fewer_labels_than_classes_are_refused_at_once_where_the_model_says_how_many(write) -> None:
    with pytest.raises(ValueError, match=r"labels\.txt names 2 classes: expected the 3 of model\.tflite"):
        ObjectModel(*write([None], "red\ngreen\n"))


def test_a_class_number_without_a_label_is_refused_when_it_is_seen(write) -> None:
    numbers = np.full((1, 8, 8), 7, np.int64)
    model = ObjectModel(*write([numbers], "background\ncat\n"))
    with pytest.raises(ValueError, match=r"labels\.txt names 2 classes: expected one for number 7"):
        model.detect(picture())


def test_the_version_changes_with_either_file(write) -> None:
    model, labels = write([None])
    before = objects.version(model, labels)
    labels.write_text("red\ngreen\nyellow\n")
    after = objects.version(model, labels)
    model.write_bytes(model.read_bytes() + b"\0")
    assert len({before, after, objects.version(model, labels)}) == 3


def test_looking_is_silent_and_leaves_standard_error_open(write, capfd: pytest.CaptureFixture[str]) -> None:
    ObjectModel(*write([None])).detect(picture())
    assert capfd.readouterr() == ("", "")


def test_a_model_is_named_together_with_its_labels() -> None:
    with pytest.raises(ValueError, match="object_model and object_labels belong together"):
        GravitySettings(object_model=Path("model.tflite"))
    both = GravitySettings(object_model=Path("model.tflite"), object_labels=Path("labels.txt"))
    assert both.object_labels == Path("labels.txt")
