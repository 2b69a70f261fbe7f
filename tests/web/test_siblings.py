"""Numbers of several fronts in one: summed, and never taken back when a front dies."""

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from imgcdn.web.siblings import Siblings


def families(count=0, held=0, entries=0, label="a", seconds=()):
    counter = CounterMetricFamily("imgcdn_answers", "Answers.", labels=("layer",))
    counter.add_metric((label,), count)
    spread = HistogramMetricFamily("imgcdn_render_seconds", "Seconds.", labels=("stage",))
    spread.add_metric(("decode",), [("1.0", len(seconds)), ("+Inf", len(seconds))], sum(seconds))
    entry = GaugeMetricFamily("imgcdn_cache_entries", "Values.", labels=("store",))
    entry.add_metric(("renditions",), entries)
    return [counter, spread, entry, GaugeMetricFamily("imgcdn_hot_bytes", "Bytes.", value=held)]


def told(joined):
    return {(s.name, *sorted(s.labels.values())): s.value for family in joined for s in family.samples}


def test_a_front_alone_tells_what_it_has(tmp_path):
    found, processes = Siblings(tmp_path, 1).join(families(3, 50, 7, seconds=[0.5]), {"front": [11]})
    assert told(found) == told(families(3, 50, 7, seconds=[0.5]))
    assert processes == {"front": [11]}
    assert [family.type for family in found] == ["counter", "histogram", "gauge", "gauge"]


def test_counts_and_gauges_are_summed_and_what_is_shared_is_told_once(tmp_path):
    Siblings(tmp_path, 2).tell(families(4, 30, 7, seconds=[0.25]), {"front": [22], "render": [23, 24]})
    found, processes = Siblings(tmp_path, 1).join(families(3, 50, 8, seconds=[0.5]), {"front": [11]})
    values = told(found)
    assert values["imgcdn_answers_total", "a"] == 7
    assert values["imgcdn_hot_bytes",] == 80
    assert values["imgcdn_cache_entries", "renditions"] == 8
    assert values["imgcdn_render_seconds_count", "decode"] == 2
    assert values["imgcdn_render_seconds_sum", "decode"] == 0.75
    assert processes == {"front": [11, 22], "render": [23, 24]}


def test_a_series_that_only_another_front_has_is_told(tmp_path):
    Siblings(tmp_path, 2).tell(families(4, label="b"), {})
    values = told(Siblings(tmp_path, 1).join(families(3), {})[0])
    assert (values["imgcdn_answers_total", "a"], values["imgcdn_answers_total", "b"]) == (3, 4)


def test_who_is_started_in_place_of_a_dead_front_goes_on_from_its_counts_but_not_its_gauges(tmp_path):
    other = Siblings(tmp_path, 1)
    Siblings(tmp_path, 2).tell(families(4, 30, seconds=[0.25]), {"front": [22]})
    for count in (1, 2):
        again = Siblings(tmp_path, 2)
        again.tell(families(count, 1), {"front": [33]})
        again.tell(families(count, 1), {"front": [33]})
    found, processes = other.join(families(0), {"front": [11]})
    values = told(found)
    assert values["imgcdn_answers_total", "a"] == 4 + 1 + 2
    assert values["imgcdn_render_seconds_count", "decode"] == 1
    assert values["imgcdn_hot_bytes",] == 1
    assert processes == {"front": [11, 33]}


def test_what_was_told_once_is_what_the_others_tell(tmp_path):
    one, other = Siblings(tmp_path, 1), Siblings(tmp_path, 2)
    first = told(one.join(families(5), {})[0])
    assert told(other.join(families(0), {})[0]) == first


def test_a_file_cut_short_and_a_folder_that_is_gone_cost_the_others_numbers_only(tmp_path):
    (tmp_path / "2.json").write_text('{"families": {"imgcdn')
    assert told(Siblings(tmp_path, 1).join(families(3), {})[0])["imgcdn_answers_total", "a"] == 3
    gone = Siblings(tmp_path / "gone", 1)
    gone.tell(families(3), {})
    assert told(gone.join(families(3), {})[0])["imgcdn_answers_total", "a"] == 3
