"""Who may use the APIs without a key: this machine, while only it can ask, and no page of another site."""

import pytest
from serving import assert_problem
from starlette.requests import Request

from imgcdn import errors
from imgcdn.apis.gate import Gate, is_loopback
from imgcdn.records.records import open_records
from imgcdn.records.settings import DataSettings

ENDPOINTS = [
    ("GET", "/v1/images/analyze"),
    ("POST", "/v1/images/analyze"),
    ("POST", "/api/images/analyze"),
    ("GET", "/v1/images/focus"),
    ("PUT", "/v1/images/focus"),
    ("DELETE", "/v1/images/focus"),
    ("POST", "/v1/images/crops"),
    ("POST", "/v1/explain"),
]


def request(host: str | None = "127.0.0.1:8000", **headers: str) -> Request:
    named = {} if host is None else {"host": host}
    fields = [(name.encode(), value.encode()) for name, value in (named | headers).items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": fields})


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_a_server_on_loopback_lets_this_machine_in(address):
    assert is_loopback(address)
    assert Gate(address).is_open
    Gate(address).admit(request())


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.0.0.1", "example.com", "localhost.example.com", "", "127.1"])
def test_a_server_that_others_can_reach_lets_nobody_in_without_a_key(address):
    assert not is_loopback(address)
    with pytest.raises(errors.MissingKeyError):
        Gate(address).admit(request())


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8000", "127.0.0.1", "localhost:1", "LOCALHOST:8000", "[::1]:8000", "[::1]", "127.0.0.2:80"]
)
def test_every_name_of_this_machine_is_let_in(host):
    Gate("127.0.0.1").admit(request(host))


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8000",
        "evil.example:127.0.0.1",
        "127.0.0.1@evil.example",
        "[::1",
        "[evil]",
        "[2001:db8::1]:8000",
        "192.168.0.1:8000",
    ],
)
def test_a_name_that_was_pointed_at_this_machine_is_refused(host):
    with pytest.raises(errors.NotAllowedError, match="loopback"):
        Gate("127.0.0.1").admit(request(host))


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost:3000",
        "http://127.0.0.1:80001",
        "127.0.0.1:8000",
        "",
        "http://127.0.0.1:8000.evil.example",
    ],
)
def test_a_page_of_another_site_is_refused(origin):
    with pytest.raises(errors.NotAllowedError, match="another site"):
        Gate("127.0.0.1").admit(request(origin=origin))


@pytest.mark.parametrize(
    "name",
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "cf-connecting-ip"],
)
def test_without_a_key_nobody_comes_in_through_a_proxy(name):
    with pytest.raises(errors.MissingKeyError, match=f"{name}: expected an API key, which `imgcdn keys add`"):
        Gate("127.0.0.1").admit(request(**{name: "127.0.0.1"}))


async def test_with_a_key_a_proxy_may_stand_between(tmp_path):
    records = open_records(DataSettings(dir=tmp_path))
    gate = Gate("127.0.0.1", records.keys)
    text = await records.keys.add("backend", "secret")
    gate.admit(request("cdn.example", via="1.1 proxy", **{"x-api-key": text, "x-forwarded-for": "203.0.113.9"}))
    records.close()


async def test_a_publishable_key_opens_what_reads_and_is_told_no_more_than_visitors(tmp_path):
    records = open_records(DataSettings(dir=tmp_path))
    gate = Gate("0.0.0.0", records.keys)
    shown, secret = await records.keys.add("page", "publishable"), await records.keys.add("backend", "secret")
    assert gate.admit_reader(request(**{"x-api-key": shown})) is False
    assert gate.admit_reader(request(**{"x-api-key": secret})) is True
    with pytest.raises(errors.KeyNotAllowedError, match="page is publishable, and opens what reads alone"):
        gate.admit(request(**{"x-api-key": shown}))
    with pytest.raises(errors.MissingKeyError):
        gate.admit_reader(request())
    with pytest.raises(errors.MissingKeyError):
        gate.admit_reader(request(**{"x-api-key": shown + "x"}))
    records.close()


def test_who_needs_no_key_is_told_what_a_secret_one_is_told():
    assert Gate("127.0.0.1").admit_reader(request()) is True
    with pytest.raises(errors.NotAllowedError):
        Gate("127.0.0.1").admit_reader(request(origin="https://evil.example"))


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "imgcdn_sk_anything"}])
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_while_the_keys_cannot_be_read_nobody_comes_in(tmp_path, address, headers):
    (tmp_path / "records.sqlite3").write_bytes(b"no database at all" * 1000)
    records = open_records(DataSettings(dir=tmp_path))
    gate = Gate(address, records.keys)
    assert not gate.is_open
    with pytest.raises(errors.RecordsUnavailableError, match="nobody is let in"):
        gate.admit(request(**headers))
    records.close()


def test_a_page_of_the_server_itself_is_let_in():
    Gate("127.0.0.1").admit(request("localhost:8000", origin="http://localhost:8000"))


@pytest.mark.parametrize(("method", "target"), ENDPOINTS)
async def test_every_endpoint_asks_the_gate_before_it_reads_or_does_anything(make_site, method, target):
    closed = make_site(listens="0.0.0.0")
    said = assert_problem(await closed.ask(method, target, content=b"not even JSON"), 401, "missing_key")
    assert "key" in said["detail"]
    site = make_site()
    foreign = await site.ask(method, target, headers={"origin": "https://evil.example"})
    assert_problem(foreign, 403, "not_allowed")
    site.host = "evil.example"
    assert_problem(await site.ask(method, target), 403, "not_allowed")
    assert site.world.journal == closed.world.journal == []


@pytest.mark.parametrize(("method", "target"), ENDPOINTS)
async def test_until_the_server_runs_every_endpoint_says_so(make_site, method, target):
    site = make_site(starts=False)
    answer = await site.ask(method, target)
    assert_problem(answer, 503, "draining")
    assert answer.headers["retry-after"]
