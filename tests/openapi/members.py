"""Lets the fuzzer of scripts/fuzz-api act as a member: a new one every few seconds, since it signs members out, changes
their passwords and deletes them. Read by schemathesis (SCHEMATHESIS_HOOKS=members); FUZZ_APP names the app, FUZZ_URL the
server, FUZZ_DAEMUN the program with the configuration it runs on.
"""
import itertools
import json
import os
import random
import shlex
import subprocess
import urllib.request

import schemathesis

APP, URL, DAEMUN = os.environ["FUZZ_APP"], os.environ["FUZZ_URL"], shlex.split(os.environ["FUZZ_DAEMUN"])
PASSWORD = "a long walk in May"
SECONDS = 20
numbers = itertools.count(random.SystemRandom().randrange(10**6) * 10)


def post(path, body):
    request = urllib.request.Request(
        f"{URL}/{APP}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def daemun(*words):
    config = ["--config", os.environ["FUZZ_CONFIG"]]
    return subprocess.run([*DAEMUN, *words, *config], check=True, capture_output=True, text=True).stdout


def welt(number):
    member = {"email": f"m{number}@example.com", "password": PASSWORD}
    post("/auth/accounts/register", {**member, "name": "Fuzz"})
    return post("/auth/login", member)["accessToken"]


def energyboost(number):
    member = {"email": f"m{number}@example.com", "password1": PASSWORD, "password2": PASSWORD, "name": "fuzz"}
    return post("/users/signup/", {**member, "mobile": f"010{number:08}", "date_of_birth": "1990-01-01", "gender": "male"})["access"]


def solgik(number):
    member = {"email": f"m{number}@example.com", "password1": PASSWORD, "password2": PASSWORD}
    member |= {"last_name": "김", "first_name": "수미", "gender": 1, "birth_date": "1998-03-01"}
    return post("/rest-auth/signup/", member)["token"]


def mobile(number):
    member = {"birth": "1990-01-01", "gender": "female", "mobile": f"010{number:08}", "name": "김두리"}
    made = post("/api/registration/", {**member, "username": f"m{number}", "unique_key": f"k{number}"})
    daemun("approval", "approve", made["user"]["uuid"], "--app", APP)
    return made["access"]


def campus(number):
    email = f"m{number}@example.ac.kr"
    post("/users/organization/send_auth_email", {"organization_id": "1", "email": email})
    mails = json.loads(daemun("outbox", "list", "--app", APP, "--json"))
    code = [mail["code"] for mail in mails if mail["to"] == email][-1]
    post("/users/organization/check_auth_code", {"email": email, "code": code})
    member = {"username": f"m{number}", "password": PASSWORD}
    post("/users/signup", {**member, "email": email, "organization": "1"})
    return post("/users/login", member)["tokens"]["access"]


SIGN_UP = {"welt": welt, "energyboost": energyboost, "solgik": solgik, "mobile": mobile, "campus": campus}

if APP in SIGN_UP:

    @schemathesis.auth(refresh_interval=SECONDS)
    class Member:
        def get(self, case, context):
            return SIGN_UP[APP](next(numbers) % 10**8)

        def set(self, case, data, context):
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data}"
