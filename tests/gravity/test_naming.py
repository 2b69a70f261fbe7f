"""Labels of models and what people ask for: names, plurals, synonyms, wider kinds, and free text."""

import pytest

from imgcdn.gravity import naming


@pytest.mark.parametrize(
    ("label", "wanted"),
    [("dog", "dog"), ("dog", "dogs"), ("dog", "DOG"), ("bus", "buses"), ("person", "people"), ("person", "woman"),
     ("man", "person"), ("child", "children"), ("bicycle", "bike"), ("bicycle", "bikes"), ("aeroplane", "plane"),
     ("airplane", "aeroplane"), ("motorcycle", "motorbike"), ("couch", "sofas"), ("tvmonitor", "tv"),
     ("pottedplant", "potted plant"), ("potted_plant", "plants"), ("diningtable", "dining table"), ("dog", "puppy"),
     ("dog", "animal"), ("horse", "animals"), ("truck", "vehicle"), ("sheep", "sheep"), ("berry", "berries"),
     ("boat", "yachts"), ("cow", "cattle"), ("cell phone", "smartphone"), ("knife", "knives"), ("person", "kids")],
)  # fmt: skip
def test_a_class_is_found_by_its_common_names(label: str, wanted: str) -> None:
    assert naming.matches(label, wanted)


@pytest.mark.parametrize(
    ("label", "wanted"),
    [("dog", "cat"), ("woman", "man"), ("puppy", "kitten"), ("car", "cart"), ("person", "animal"), ("dog", "do"),
     ("sofa", "scenery"), ("animal", "dog"), ("cat", "dog"), ("bus", "car"), ("dog", ""), ("dog", "+ ,"), ("dog", "犬"),
     ("person", "a couple of dogs"), ("face", "person"), ("person", "face")],
)  # fmt: skip
def test_another_class_is_not_found(label: str, wanted: str) -> None:
    assert not naming.matches(label, wanted)


@pytest.mark.parametrize(
    ("text", "labels"),
    [("the two brown dogs on the couch", {"dog", "sofa"}), ("a man's bicycle", {"person", "bicycle"}),
     ("people, cats & a potted-plant!", {"person", "cat", "pottedplant"}), ("a hot dog and a wine glass", {"hot dog", "wine glass"}),
     ("teddy bears", {"teddy bear"}), ("women's faces", {"person", "face"}), ("the traffic sign", {"traffic sign"}),
     ("nothing that anybody knows", set())],
)  # fmt: skip
def test_free_text_asks_for_what_it_names_and_for_no_part_of_a_name(text: str, labels: set[str]) -> None:
    known = ["dog", "cat", "person", "face", "sofa", "bicycle", "pottedplant", "hot dog", "wine glass", "teddy bear", "bear",
             "traffic sign", "traffic light"]  # fmt: skip
    assert {label for label in known if naming.matches(label, text)} == labels


def test_a_long_text_is_read_in_no_time_that_grows_with_its_square() -> None:
    assert naming.matches("dog", "very " * 20_000 + "good dog")
