"""boto3 on a profile of Identity Center: its token provider, then its credential provider, from the kept sign-in alone."""

import sys

import boto3
import botocore.session

name = sys.argv[1]
if len(sys.argv) > 2:
    core = botocore.session.Session(profile=name)
    token = core.get_auth_token().get_frozen_token()
    assert token.token, "there is no token"
    print(token.token)
session = boto3.Session(profile_name=name)
print(session.client("sts").get_caller_identity()["Arn"])
print(len(session.client("s3").list_buckets()["Buckets"]))
