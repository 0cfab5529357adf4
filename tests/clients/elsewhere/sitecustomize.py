"""Sends what a Python program asks of console.jumpcloud.com to the address in JUMPCLOUD_ELSEWHERE instead.

Python runs a module of this name before the program, where PYTHONPATH names its folder. So a client whose host is fixed is
driven as it was published.
"""

import os

import requests

CONSOLE = "https://console.jumpcloud.com/"
ELSEWHERE = os.environ["JUMPCLOUD_ELSEWHERE"]
request_there = requests.Session.request


def request_elsewhere(session, method, url, *arguments, **options):
    if not url.startswith(CONSOLE):
        raise AssertionError(f"{url} is outside of the sandbox")
    return request_there(session, method, ELSEWHERE + url.removeprefix(CONSOLE), *arguments, **options)


requests.Session.request = request_elsewhere
