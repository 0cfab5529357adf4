"""Runs the read commands of the published `jumpcloud` client, as they are, against a sandbox.

    drive_jumpcloud.py URL KEY

The client's host is fixed; elsewhere/sitecustomize.py turns it. Left out, since they need what neither of JumpCloud's
documents in ../openapi has: systems and their insights, system groups, commands and their results, events, the reports
about systems, and `list-system-bindings` without `-json`, which asks for the names of systems.

The last line says how many commands were run. Anything that is not as it should be ends it with an exception.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

# What organization.json holds.
ADA = ("64a0c0de0000000000000001", "ada.lovelace@example.com")
GRACE = ("64a0c0de0000000000000002", "grace.hopper@example.com")
ALAN = ("64a0c0de0000000000000003", "alan.turing@example.com")
KURT = ("64a0c0de0000000000000004", "kurt.goedel@example.com")
EMMY = ("64a0c0de0000000000000005", "emmy.noether@example.com")
EVERYBODY = [ADA, GRACE, ALAN, KURT, EMMY]
ENGINES = "64b0c0de0000000000000001"
GROUPS = {"Engines", "Everybody in London", "Nobody"}
SYSTEM = "64d0c0de0000000000000006"


class Client:
    def __init__(self, url, key):
        self.url = url
        self.key = key
        self.runs = 0

    def __call__(self, *arguments, module="jumpcloud"):
        self.runs += 1
        variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).resolve().parent / "elsewhere"),
            "PYTHONUTF8": "1",
            "JUMPCLOUD_ELSEWHERE": self.url,
            "JUMPCLOUD_API_KEY": self.key,
        }
        command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
        run = subprocess.run(command, env=variables, capture_output=True, text=True, encoding="utf-8", timeout=120)
        assert (run.returncode, run.stderr) == (0, ""), (arguments, run)
        return run.stdout

    def lines(self, *arguments):
        return sorted(self(*arguments).splitlines())

    def json(self, *arguments):
        return json.loads(self(*arguments))


def with_all(words, line):
    return all(word in line for word in words)


def users(client):
    lines = client.lines("list-users")
    assert len(lines) == len(EVERYBODY), lines
    assert lines[0] == (
        f'{ADA[0]} ada.lovelace (Ada Lovelace) ["Ada King Lovelace"] {ADA[1]}'
    ), lines
    listed = client.json("list-users", "json")
    assert listed["totalCount"] == len(EVERYBODY), listed
    assert sorted((user["_id"], user["email"]) for user in listed["results"]) == EVERYBODY, listed
    kurt = next(user for user in listed["results"] if user["_id"] == KURT[0])
    assert (kurt["lastname"], kurt["state"]) == ("Gödel", "STAGED"), kurt
    for command, suffix, expected in [
        ("suspended", "suspended:True", [ALAN]),
        ("locked", "account_locked:True", [EMMY]),
        ("password-expired", "password_expired:True", [EMMY]),
        ("not-activated", "activated:False", [KURT]),
        ("ldap-bind", "ldap_binding_user:True", [ADA]),
    ]:
        lines = client.lines("list-users", command)
        assert len(lines) == len(expected), (command, lines)
        for (id, email), line in zip(expected, lines):
            assert with_all([id, email, suffix], line), (command, line)
    lines = client.lines("list-users", "mfa")
    assert len(lines) == len(EVERYBODY), lines
    assert with_all([ADA[0], '"configured": true'], lines[0]), lines
    assert with_all([GRACE[0], '"configured": false'], lines[1]), lines
    assert client("get-user-email", GRACE[0]).strip() == GRACE[1]
    bound = client.json("list-system-bindings-json", GRACE[0])
    assert [(each["type"], each["id"]) for each in bound] == [("system", SYSTEM)], bound


def groups(client):
    lines = client.lines("list-usergroups")
    assert {line.split(" ", 1)[1].strip('"') for line in lines} == GROUPS, lines
    # `list-usergroups json` is what the client calls list-usergroups-json.
    listed = client.json("list-usergroups-json")
    assert {group["name"] for group in listed} == GROUPS, listed
    details = client.json("list-usergroups-details", ENGINES)
    assert (details["id"], details["name"], details["type"]) == (ENGINES, "Engines", "user_group"), details
    assert details["description"] == "Those who build them", details
    assert client.lines("list-usergroups-members", ENGINES) == [" ".join(ADA), " ".join(GRACE)]


def reports(client):
    report = client("users", module="jumpcloud.reports.reports")
    parts = report.split("\n# ")
    assert f'"Total Users Count": {len(EVERYBODY)}' in report, report
    for title, expected in [
        ("Users are suspended", ALAN),
        ("Users are locked", EMMY),
        ("Users are password_expired", EMMY),
        ("Users are not_activated", KURT),
        ("Users are ldap_bind", ADA),
    ]:
        part = next(part for part in parts if part.startswith(title))
        assert json.loads(part.split("\n", 1)[1]) == dict([expected]), (title, part)
    report = client("users-mfa", module="jumpcloud.reports.reports")
    have, have_not = report.split("# Users DO NOT have MFA/2FA")
    assert ADA[1] in have and ADA[1] not in have_not, report
    assert all(email in have_not for _, email in EVERYBODY[1:]), report


def main():
    client = Client(*sys.argv[1:])
    assert client("--version").strip() == "2.0.1"
    users(client)
    groups(client)
    reports(client)
    print(f"jumpcloud: {client.runs} commands answered")


main()
