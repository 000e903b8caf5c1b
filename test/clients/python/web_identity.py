"""boto3 with a profile's web_identity_token_file: who it is, and what the refusals are called."""

import sys

import boto3
from botocore.exceptions import ClientError

session = boto3.Session(profile_name="pod")
print(session.client("sts").get_caller_identity()["Arn"])

sts = boto3.client("sts", aws_access_key_id="x", aws_secret_access_key="y")
role = sys.argv[1]
for name, expected in (("expired", "ExpiredTokenException"), ("forged", "InvalidIdentityToken")):
    with open(name) as file:
        token = file.read()
    try:
        sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="job", WebIdentityToken=token)
        raise AssertionError(f"{name} was to be refused")
    except ClientError as error:
        assert error.response["Error"]["Code"] == expected, error.response["Error"]
        kind = getattr(sts.exceptions, expected + ("Exception" if expected == "InvalidIdentityToken" else ""))
        assert isinstance(error, kind), type(error)
with open("token") as file:
    answer = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="job", WebIdentityToken=file.read())
assert answer["SubjectFromWebIdentityToken"] == "system:serviceaccount:default:app", answer
assert answer["Audience"] == "sts.amazonaws.com" and answer["Provider"].startswith("http://127.0.0.1:")
assert answer["AssumedRoleUser"]["Arn"].endswith(":assumed-role/web/job")
