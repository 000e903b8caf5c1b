"""botocore's provider of `aws login` on the sign-in that another tool left: used as it is, then renewed."""

import hashlib
import json
import os
import pathlib
import stat

import boto3

arn = boto3.Session(profile_name="ann").client("sts").get_caller_identity()["Arn"]
assert arn.endswith(":user/ann"), arn

file = pathlib.Path(os.environ["HOME"], ".aws/login/cache", hashlib.sha256(arn.encode()).hexdigest() + ".json")
assert stat.S_IMODE(file.stat().st_mode) == 0o600
kept = json.loads(file.read_text())
before = dict(kept["accessToken"])
kept["accessToken"]["expiresAt"] = "2020-01-01T00:00:00Z"
file.write_text(json.dumps(kept))

session = boto3.Session(profile_name="ann")
assert session.client("sts").get_caller_identity()["Arn"] == arn
credentials = session.get_credentials()
assert credentials.method == "login", credentials.method
renewed = credentials.get_frozen_credentials().access_key
assert renewed != before["accessKeyId"]
assert json.loads(file.read_text())["accessToken"]["accessKeyId"] == renewed
print(renewed)
