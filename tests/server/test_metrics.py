"""`/-/metrics` of a real server: every number that operators are promised, and what moves it."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.parser import text_string_to_metric_families
from serving import eventually

from imgcdn import __version__

LEAN = '[gravity]\nmodels_dir = "/nonexistent"\npull_models = false\n'


class Scrape:
    """One answer of the endpoint. Sums the series of a metric that have these labels."""

    def __init__(self, server):
        self.answer = server.get("/-/metrics")
        self.families = list(text_string_to_metric_families(self.answer.text))
        self.samples = [sample for family in self.families for sample in family.samples]

    def __call__(self, name, **labels):
        return sum(s.value for s in self.samples if s.name == f"imgcdn_{name}" and labels.items() <= s.labels.items())


@pytest.fixture(scope="module")
def busy(module_serve, photos):
    return module_serve(photos, settings=LEAN)


def since(server, *targets, **headers):
    """Ask, and return a function that tells by how much a metric grew."""
    before = Scrape(server)
    for target in targets:
        server.get(target, **headers)
    after = Scrape(server)
    return lambda name, **labels: after(name, **labels) - before(name, **labels)


def test_it_is_prometheus_text_with_help_and_type_of_each_family(busy):
    scrape = Scrape(busy)
    assert scrape.answer.headers["content-type"].startswith("text/plain; version=")
    assert scrape.answer.headers["cache-control"] == "no-store"
    assert all(family.documentation.endswith(".") for family in scrape.families)
    assert {family.type for family in scrape.families} == {"counter", "gauge", "histogram"}
    assert all(family.name.startswith("imgcdn_") for family in scrape.families)
    assert len({family.name for family in scrape.families}) == len(scrape.families)


def test_the_page_for_operators_names_every_metric(busy, repository):
    page = (repository / "docs" / "operations.md").read_text(encoding="utf-8")
    kinds = {"counter": "_total", "gauge": "", "histogram": ""}
    found = [family.name + kinds[family.type] for family in Scrape(busy).families]
    assert [name for name in found if f"`{name}`" not in page] == []


def test_openmetrics_is_spoken_to_who_asks_for_it(busy):
    answer = busy.get("/-/metrics", accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_each_layer_counts_what_it_answered(busy):
    target = "/img/photo.jpg?w=80&h=80&gravity=smart&format=jpeg"
    grew = since(busy, *[target] * 4)
    assert grew("answers_total", layer="stored", status="200") == 1
    assert grew("answers_total", layer="disk", status="200") + grew("answers_total", layer="memory", status="200") == 3
    assert grew("answers_total", layer="memory") >= 1
    assert grew("answers_total") == 4
    assert grew("requests_total", method="read", status="200") == 4 + 1, "and one question for the metrics"


def test_a_304_is_counted_as_one_in_every_layer(busy):
    target = "/img/photo.jpg?w=81&format=jpeg"
    grew = since(busy, *[target] * 3, if_none_match="*")
    assert grew("answers_total", status="304") == 3
    assert grew("requests_total", status="304") == 3


def test_errors_are_counted_by_status(busy):
    grew = since(busy, "/img/none.jpg?w=1", "/img/photo.jpg?w=none", "/nowhere/a.jpg")
    assert (grew("requests_total", status="404"), grew("requests_total", status="400")) == (2, 1)
    assert grew("answers_total") == 0


def test_a_render_is_counted_by_engine_and_by_seconds_of_each_stage(busy):
    grew = since(busy, "/img/photo.jpg?w=82&h=60&gravity=smart&format=jpeg", "/img/photo.jpg?w=83&h=60&gravity=north")
    assert (grew("focus_total", engine="smart"), grew("focus_total", engine="north")) == (1, 1)
    for stage in ("fetch", "probe", "focus", "decode", "resize", "encode"):
        assert grew("render_seconds_count", stage=stage) == 2, stage
        assert grew("render_seconds_sum", stage=stage) >= 0
    assert grew("render_seconds_bucket", stage="encode", le="+Inf") == 2


def test_a_fallback_is_counted_by_the_engine_that_stood_in(busy):
    grew = since(busy, "/img/photo.jpg?w=84&h=60&gravity=face&format=jpeg")
    assert grew("focus_fallbacks_total") == 1
    assert grew("focus_fallbacks_total", engine="face") == 0


def test_renders_that_many_wait_for_are_collapsed(busy):
    before = Scrape(busy)
    with ThreadPoolExecutor(8) as asking:
        list(asking.map(lambda _: busy.get("/img/large.jpg?w=1300&format=avif"), range(8)))
    after = Scrape(busy)
    layers = {
        layer: after("answers_total", layer=layer) - before("answers_total", layer=layer)
        for layer in ("stored", "collapsed")
    }
    assert layers["stored"] == 1
    assert layers["collapsed"] >= 1


def test_avif_written_in_the_background_counts_as_a_render(serve, photos):
    server = serve(photos, settings=LEAN)
    target = "/img/photo.jpg?w=77&h=33&gravity=center"
    before = Scrape(server)
    assert server.ask("GET", target, accept="image/avif,image/webp").headers["content-type"] == "image/webp"
    server.upgraded(target)
    after = Scrape(server)
    assert after("focus_total", engine="center") - before("focus_total", engine="center") == 2
    assert after("answers_total", layer="stored") - before("answers_total", layer="stored") == 1


def test_what_is_warmed_counts_as_rendered_and_as_nobody_s_answer(serve, photos):
    server = serve(photos, settings=LEAN)
    before = Scrape(server)
    said = server.send("POST", "/v1/warm", {"urls": ["/img/photo.jpg?w=78&h=34&gravity=center"]})
    assert said.json()["warmed"] == 1
    after = Scrape(server)
    assert after("focus_total", engine="center") - before("focus_total", engine="center") == 3
    assert after("answers_total") == before("answers_total")


def test_pools_stores_memory_and_versions_are_told(busy):
    scrape = Scrape(busy)
    for pool in ("render", "analysis"):
        assert scrape("workers_size", pool=pool) >= 1
        assert scrape("workers_ready", pool=pool) >= 1
        assert scrape("workers_busy", pool=pool) == scrape("workers_waiting", pool=pool) == 0
    for role in ("front", "render", "analysis"):
        assert scrape("resident_bytes", role=role) >= scrape("proportional_bytes", role=role) > 1e6
    assert scrape("cache_entries", store="renditions") >= 1
    assert 0 < scrape("cache_bytes", store="renditions") < scrape("cache_budget_bytes", store="renditions")
    assert scrape("hot_bytes") > 0
    assert scrape("build_info", version=__version__) == 1
    assert scrape("requests_in_flight") == 1, "the question itself"


def test_a_killed_worker_is_counted(busy):
    before = Scrape(busy)
    os.kill(busy.workers()[0], signal.SIGKILL)
    eventually(
        lambda: (
            Scrape(busy)("workers_restarts_total", pool="render") == before("workers_restarts_total", pool="render") + 1
        )
    )


def test_a_task_that_takes_too_long_and_one_that_finds_no_room_are_counted(serve, photos):
    server = serve(photos, settings=LEAN + "[render]\nworkers = 1\nqueue = 1\ntimeout_s = 2\n")
    assert server.get("/img/photo.jpg?w=90").status_code == 200
    os.kill(server.workers()[0], signal.SIGSTOP)
    with ThreadPoolExecutor(4) as asking:
        answers = list(asking.map(lambda width: server.get(f"/img/photo.jpg?w={width}"), range(91, 95)))
    scrape = Scrape(server)
    assert {answer.status_code for answer in answers} & {503, 504}
    assert scrape("workers_timeouts_total", pool="render") >= 1
    assert scrape("workers_rejected_total", pool="render") >= 1


def test_a_worker_that_has_served_enough_is_counted_as_recycled(serve, photos):
    server = serve(photos, settings=LEAN + "[render]\nworkers = 1\nmax_tasks = 2\n")
    for width in range(20, 26):
        assert server.get(f"/img/photo.jpg?w={width}").status_code == 200
    eventually(lambda: Scrape(server)("workers_recycles_total", pool="render") >= 1, 15)


def test_what_is_evicted_is_counted_by_store(serve, photos):
    server = serve(photos, settings=LEAN + "[cache]\nrenditions_bytes = 1_500_000\n")
    for width in range(500, 560):
        assert server.get(f"/img/photo.jpg?w={width}&format=jpeg&q=95").status_code == 200
    scrape = Scrape(server)
    assert scrape("cache_evictions_total", store="renditions") > 0
    assert scrape("cache_evictions_total", store="references") == 0
