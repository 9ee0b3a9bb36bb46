"""What `manage.py prove_delivery` refuses before it starts anything."""

import pytest
from django.core.management import CommandError, call_command


def refused(*options: str) -> str:
    with pytest.raises(CommandError) as error:
        call_command("prove_delivery", *options)
    return str(error.value)


def test_processes_of_others():
    assert refused("--url=http://127.0.0.1:9", "--faults=kill,slow") == (
        "`kill` breaks processes of our own; with --url there are slow and flood."
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--faults=fire"], "There is no fault 'fire': name some of"),
        (["--people=3"], "--people must be even"),
        (["--seconds=1", "--every=10"], "No fault ends within --seconds"),
        (["--rate=0"], "must be a number from 0.1 on"),
        (["--nodes=27"], "--nodes must be at most 26"),
        (["--nodes=many"], "must be a number from 1 on"),
        (["--seconds=inf"], "must be a number from 1 on"),
        (["--url=ws://127.0.0.1:9"], "--url must begin with http:// or https://"),
        (["--url=http://127.0.0.1:9"], "--url needs --tokens=FILE"),
        (["--url=http://127.0.0.1:9", "--tokens=/nowhere"], "manage.py demo --users=45"),
    ],
)
def test_what_cannot_be(options, sentence):
    assert sentence in refused(*options)


def test_too_few_people(tmp_path):
    path = tmp_path / "tokens.json"
    path.write_text('{"alice": {"id": 1, "token": "x"}, "u00001": {"id": 2, "token": "y"}}')
    assert refused("--url=http://127.0.0.1:9", f"--tokens={path}").endswith("there are 1 of 45 people in it.")


def test_what_is_not_installed(monkeypatch):
    monkeypatch.setattr("imsite.management.commands.prove_delivery.find_spec", lambda name: None)
    assert refused() == "websockets is missing: `pip install -r requirements-dev.txt -c constraints.txt`."
