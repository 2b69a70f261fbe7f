from imgcdn.gravity import vocabulary
from imgcdn.gravity.settings import GravitySettings


def test_people_are_known_without_a_model_and_nothing_else():
    sees = vocabulary.sees(GravitySettings())
    assert all(sees(name) for name in ("person", "people", "woman", "face"))
    assert not any(sees(name) for name in ("cat", "faec", "auto"))


def test_labels_of_the_model_are_known_by_every_name_that_they_have(tmp_path):
    model, labels = tmp_path / "a.tflite", tmp_path / "a.txt"
    model.touch()
    labels.write_text("background\ntvmonitor\ncat\ntraffic light\n")
    sees = vocabulary.sees(GravitySettings(object_model=model, object_labels=labels))
    assert all(sees(name) for name in ("cat", "cats", "television", "traffic_light", "person"))
    assert not sees("dog")


def test_labels_that_cannot_be_read_are_none(tmp_path):
    gone = tmp_path / "gone"
    assert not vocabulary.sees(GravitySettings(object_model=gone, object_labels=gone))("cat")
