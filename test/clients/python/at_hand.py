"""boto3 with what is at hand: which of its providers found credentials, and who it is."""

import boto3

session = boto3.Session()
credentials = session.get_credentials()
print(credentials.method, session.client("sts").get_caller_identity()["Arn"])
assert credentials.get_frozen_credentials().token
