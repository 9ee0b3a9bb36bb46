"""Who is replaced by a newcomer, and who is refused: a table."""

import pytest

from chat.session_policies import POLICIES, Seat, Verdict
from messages_store import conf
from messages_store.models import User

PHONE = Seat("phone", "p1", "ios")
OTHER_PHONE = Seat("other phone", "p2", "ios")
DESKTOP = Seat("desktop", "d1", "desktop")
NAMELESS = Seat("nameless", "", "ios")
REFUSED = Verdict(refused=True)


def again(seat: Seat) -> Seat:
    """The same device, connecting once more."""
    return seat._replace(id=f"{seat.id} again")


@pytest.mark.parametrize(
    ("policy", "newcomer", "present", "verdict"),
    [
        ("unlimited", PHONE, [], Verdict()),
        ("unlimited", PHONE, [OTHER_PHONE, DESKTOP], Verdict()),
        ("unlimited", again(PHONE), [PHONE], Verdict()),
        ("one_per_device_kind", PHONE, [], Verdict()),
        ("one_per_device_kind", PHONE, [DESKTOP], Verdict()),
        ("one_per_device_kind", PHONE, [OTHER_PHONE, DESKTOP], Verdict(("other phone",))),
        ("one_per_device_kind", again(PHONE), [PHONE, DESKTOP], Verdict(("phone",))),
        # A device that changes its kind is the same device.
        ("one_per_device_kind", Seat("x", "p1", "web"), [PHONE],
         Verdict(("phone",))),
        ("newest_only", PHONE, [], Verdict()),
        ("newest_only", PHONE, [OTHER_PHONE, DESKTOP], Verdict(("other phone", "desktop"))),
        ("newest_only", again(PHONE), [PHONE], Verdict(("phone",))),
        ("refuse_new", PHONE, [], Verdict()),
        ("refuse_new", PHONE, [DESKTOP], REFUSED),
        ("refuse_new", again(PHONE), [PHONE], Verdict(("phone",))),
        ("refuse_new", again(PHONE), [PHONE, DESKTOP], REFUSED),
        # Two that do not tell who they are, are not the same.
        ("refuse_new", again(NAMELESS), [NAMELESS], REFUSED),
        ("one_per_device_kind", NAMELESS, [Seat("x", "", "web")], Verdict()),
    ],
)  # fmt: skip
def test_the_table(policy, newcomer, present, verdict):
    assert POLICIES[policy](newcomer, present) == verdict


@pytest.mark.parametrize("policy", [name for name in POLICIES if name not in ("unlimited", "one_per_device_kind")])
def test_however_many_come_one_is_there(policy):
    present: list[Seat] = []
    for n in range(20):
        newcomer = Seat(str(n), f"device {n % 3}", "ios")
        verdict = POLICIES[policy](newcomer, present)
        present = [seat for seat in present if seat.id not in verdict.replaces]
        present += [] if verdict.refused else [newcomer]
        assert len(present) == 1


def test_the_settings_know_every_policy_and_every_kind_of_user():
    assert set(conf.SESSION_POLICIES) == set(POLICIES)
    assert set(conf.KINDS_OF_USER) == set(User.Kind.values)
