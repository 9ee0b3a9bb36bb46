"""Calls to other people's servers: what they may do to us, and where we do not let ourselves be led."""

import socket
import threading
import time

import pytest
import trustme

from imsite.localservers import free_port
from messages_store.notifiers import NotifyError, outbound
from messages_store.notifiers.outbound import Outbound, is_public, retry_after

from .peers import HttpPeer, certified, listener, silent, trickling


@pytest.fixture
def http(trusted):
    return Outbound(private=True)


def refusal(client: Outbound, url: str, **options) -> NotifyError:
    with pytest.raises(NotifyError) as raised:
        client.post(url, b"{}", **options)
    return raised.value


def test_what_is_posted_arrives_and_the_answer_comes_back(http, authority):
    with HttpPeer(certified(authority)) as peer:
        peer.answer = lambda asked: (201, {"X-Name": "value"}, "好".encode())
        answer = http.post(f"{peer.url}/a/b?c=d", b"body", {"Content-Type": "text/plain"})
    assert (answer.status_code, answer.headers["x-name"], answer.text, answer.ok) == (201, "value", "好", True)
    [asked] = peer.asked
    assert (asked.path, asked.body) == ("/a/b?c=d", b"body")
    assert asked.headers["content-type"] == "text/plain"
    assert asked.headers["host"] == f"localhost:{peer.port}"


def test_a_dead_server_is_no_answer_and_may_be_tried_again(http):
    error = refusal(http, f"http://localhost:{free_port()}/")
    assert "refused" in error.reason
    assert error.permanent is False


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("serve", [silent, trickling])
def test_a_server_that_hangs_is_left_at_the_deadline(http, scheme, serve):
    """Also one that says a byte now and then, and one that never ends to shake hands."""
    with listener(serve if scheme == "http" else silent) as port:
        began = time.monotonic()
        error = refusal(http, f"{scheme}://localhost:{port}/", timeout=0.3)
        assert time.monotonic() - began < 10
    assert error.reason == "localhost: no answer within 0.3 s"
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_where_no_deadline_is_given_it_is_a_little_before_the_workers(http, settings):
    settings.IM_NOTIFY_SECONDS = 0.2
    with listener(silent) as port:
        assert "within 0.18 s" in refusal(http, f"http://localhost:{port}/").reason


def test_a_certificate_of_nobody_we_trust_is_refused(http):
    with HttpPeer(certified(trustme.CA())) as peer:
        assert "the certificate is not good" in refusal(http, peer.url).reason
    assert peer.asked == []


def test_a_certificate_for_another_name_is_refused(http, authority):
    with HttpPeer(certified(authority, "example.com")) as peer:
        assert "the certificate is not good" in refusal(http, peer.url).reason
    assert peer.asked == []


def test_a_server_without_tls_is_no_https(http):
    with HttpPeer() as peer:
        assert "localhost" in refusal(http, peer.url.replace("http:", "https:")).reason
    assert peer.asked == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(http, status):
    with HttpPeer() as inside, HttpPeer() as peer:
        peer.answer = lambda asked: (status, {"Location": f"{inside.url}/secret"}, b"")
        answer = http.post(peer.url, b"{}")
    assert not answer.ok
    assert "redirects are not followed" in answer.error.reason
    assert (len(peer.asked), inside.asked) == (1, [])


def test_of_a_huge_answer_little_is_read(http):
    with HttpPeer() as peer:
        peer.answer = lambda asked: (200, {}, b"x" * 5_000_000)
        assert len(http.post(peer.url).text) == 65_536


def test_an_answer_that_is_no_http_is_a_failure(http):
    with listener(lambda connection, over: connection.sendall(b"SSH-2.0-OpenSSH_9\r\n")) as port:
        assert refusal(http, f"http://localhost:{port}/").permanent is False


@pytest.mark.parametrize("url", ["", "/path", "https://", "https://a:99999/", "https://[", f"https://{'a' * 70}.com/"])
def test_an_address_that_is_none_will_never_do(http, url):
    assert refusal(http, url).permanent is True


# Where we do not go

OURS = [
    *("127.0.0.1", "127.9.9.9", "0.0.0.7", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
    *("100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001::1"),
    *("::127.0.0.1", "::10.0.0.1", "::ffff:0:7f00:1", "64:ff9b:1::a00:1", "fec0::1"),
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", OURS)
def test_an_address_inside_is_not_public(address):
    assert is_public(address) is False


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address) is True


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])
def test_without_leave_nothing_inside_is_called(trusted, authority, host):
    """However its address is written."""
    with HttpPeer(certified(authority)) as peer:
        error = refusal(Outbound(), f"https://{host}:{peer.port}/")
        assert "has no public address" in error.reason
    assert peer.asked == []


def test_without_leave_nothing_is_sent_without_tls():
    assert refusal(Outbound(), "http://example.com/").reason == "only https is allowed"


class Names:
    """Answers for a name: the first time these addresses, later those."""

    def __init__(self, *answers: list[str]):
        self.answers, self.asked = list(answers), 0

    def __call__(self, host, port, **_):
        addresses = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]


@pytest.fixture
def one_is_public(monkeypatch):
    """127.0.0.1 counts as an address of the internet, 127.0.0.2 as one inside."""
    monkeypatch.setattr(outbound, "is_public", lambda address: address == "127.0.0.1")


def test_the_address_that_was_checked_is_the_one_that_is_called(trusted, authority, one_is_public):
    """A name that means something inside as soon as it was looked at leads nowhere else."""
    names, tls = Names(["127.0.0.1"], ["127.0.0.2"]), certified(authority)
    with HttpPeer(tls) as outside, HttpPeer(tls, "127.0.0.2", outside.port) as inside:
        assert Outbound(resolve=names).post(outside.url).ok
    assert (len(outside.asked), inside.asked, names.asked) == (1, [], 1)


def test_of_several_addresses_only_public_ones_are_called(trusted, authority, one_is_public):
    tls = certified(authority)
    with HttpPeer(tls) as outside, HttpPeer(tls, "127.0.0.2", outside.port) as inside:
        assert Outbound(resolve=Names(["127.0.0.2", "127.0.0.1"])).post(outside.url).ok
    assert (len(outside.asked), inside.asked) == (1, [])


def test_where_one_address_is_dead_the_next_is_called(http):
    with HttpPeer() as peer:
        client = Outbound(private=True, resolve=Names(["127.0.0.2", "127.0.0.1"]))
        assert client.post(peer.url).ok


def test_a_name_that_nobody_knows_may_be_known_later(http):
    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    assert refusal(Outbound(resolve=unknown), "https://nowhere.example/").permanent is False


# When to come again


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("0", 0), ("999999999", 86_400), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", None), ("", None)],
)
def test_when_to_come_again_is_read_within_reason(text, seconds):
    assert retry_after({"Retry-After": text}) == seconds


def test_a_date_to_come_again_at_is_seconds_from_now():
    assert 86_399 < retry_after({"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}) <= 86_400
