"""All that Django needs to talk to Countersign: one question, one answer."""

import http.client
import json
import os
import urllib.error
import urllib.request
import uuid
from urllib.parse import quote

from django.views.decorators.debug import sensitive_variables

API = os.environ.get("COUNTERSIGN_API", "http://localhost:8080/api/v1")
API_KEY = os.environ["COUNTERSIGN_API_KEY"].strip()  # many a file of secrets ends with an empty line

WORDS = {
    "wrong-code": "This code is not right.",
    "spent-code": "This code has already been used. Wait for the next one.",
    "wrong-recovery-code": "This is no recovery code of yours.",
    "used-recovery-code": "This recovery code has already been used.",
    "wait": "There were too many wrong codes. Wait a little, or use a recovery code.",
    "locked": "There were too many wrong codes. Use a recovery code.",
    "enrolment-over": "This QR code is too old. Show a new one.",
    "two-factor-on": "It is on already.",
}


class Refused(Exception):
    """Countersign did not do it, or could not be asked. Whatever the reason: the answer is no."""

    def __init__(self, title, problem=None):
        super().__init__(title)
        problem = problem or {}
        kind = problem.get("type", "").partition("#")[2]
        self.is_about_the_code = problem.get("verified") is False
        self.is_for_the_person = self.is_about_the_code or kind in WORDS
        self.words = problem.get("detail") or WORDS.get(kind, title)


@sensitive_variables()  # no report of an error shows the API key or a code
def ask(method, path, user, request=None, **fields):
    """Asks about a user, by the primary key: a name may change, or be somebody else's tomorrow."""
    headers, body = {"Authorization": f"Bearer {API_KEY}"}, None
    if method != "GET":
        if request:
            # For the log alone: who it was that we ask for.
            agent, address = request.headers.get("User-Agent", ""), request.META.get("REMOTE_ADDR")
            fields["client"] = {"user_agent": agent[:1000], "ip_address": address or None}
        # When the answer is lost we ask again under the same key, and the code does not count twice.
        headers |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        body = json.dumps(fields).encode()
    question = urllib.request.Request(f"{API}/accounts/{quote(str(user), safe='')}{path}", body, headers, method=method)
    for last in (False, True):
        try:
            with urllib.request.urlopen(question, timeout=10) as answer:
                said = read(answer)
                done = answer.status == 204 or said and (path != "/verify" or said.get("verified") is True)
        except urllib.error.HTTPError as error:  # every status from 400 on
            problem = read(error)
            raise Refused(problem.get("title", f"status {error.code}"), problem) from None
        except (OSError, http.client.HTTPException) as error:
            if last:
                raise Refused(f"out of reach: {error}") from None
        else:
            # Yes is a word of Countersign's, not any page that somebody between us shows.
            if not done:
                raise Refused("not an answer of Countersign")
            return said


def read(answer):
    """What Countersign says is an object of JSON. Anything else says nothing."""
    try:
        said = json.load(answer)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


@sensitive_variables()
def verify(user, text, request, **more):
    """Asks whether what was typed is right: a code of the app, or a recovery code."""
    is_code = len(text.replace(" ", "").replace("-", "")) <= 8
    return ask("POST", "/verify", user, request, **{"code" if is_code else "recovery_code": text}, **more)
