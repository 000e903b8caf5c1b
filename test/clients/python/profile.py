"""boto3 with nothing but a profile: who it is, and that it may list a bucket."""

import sys

import boto3

session = boto3.Session(profile_name=sys.argv[1])
print(session.client("sts").get_caller_identity()["Arn"])
for _ in range(3):
    session.client("s3").list_buckets()
frozen = session.get_credentials().get_frozen_credentials()
assert frozen.access_key.startswith("ASIA") and frozen.token
