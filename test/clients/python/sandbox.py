"""boto3 against the sandbox: shapes, paginators, error classes, streaming bodies, presigned addresses."""

import io
import os
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response["Error"]
        return error
    raise AssertionError(f"{call} was to be refused with {code}")


iam = boto3.client("iam")
sts = boto3.client("sts")
account = sts.get_caller_identity()["Account"]

# Users, pages, error classes.
for number in range(7):
    iam.create_user(UserName=f"user{number}", Path="/team/", Tags=[{"Key": "n", "Value": str(number)}])
pages = iam.get_paginator("list_users").paginate(PathPrefix="/team/", PaginationConfig={"PageSize": 3})
assert [u["UserName"] for p in pages for u in p["Users"]] == [f"user{n}" for n in range(7)]
try:
    iam.get_user(UserName="nobody")
    raise AssertionError("there is no such user")
except iam.exceptions.NoSuchEntityException as error:
    assert "nobody" in str(error)
try:
    iam.create_user(UserName="USER0")
    raise AssertionError("names differ by more than case")
except iam.exceptions.EntityAlreadyExistsException:
    pass
refused("MalformedPolicyDocument", iam.put_user_policy, UserName="user0", PolicyName="p", PolicyDocument="{}")
iam.create_access_key(UserName="user0")
iam.create_access_key(UserName="user0")
try:
    iam.create_access_key(UserName="user0")
    raise AssertionError("two keys at most")
except iam.exceptions.LimitExceededException:
    pass

# Documents come back as they were written.
document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}'
iam.put_user_policy(UserName="user0", PolicyName="p", PolicyDocument=document)
assert iam.get_user_policy(UserName="user0", PolicyName="p")["PolicyDocument"]["Statement"][0]["Effect"] == "Allow"

# A role: tags, durations, session policies, an expired session's siblings.
trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":["sts:AssumeRole","sts:TagSession"]}]}'
iam.create_role(RoleName="dev", AssumeRolePolicyDocument=trust % account)
iam.attach_role_policy(RoleName="dev", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
role = f"arn:aws:iam::{account}:role/dev"
answer = sts.assume_role(RoleArn=role, RoleSessionName="ann", Tags=[{"Key": "team", "Value": "blue"}], Policy=document)
assert answer["PackedPolicySize"] > 0
assert answer["AssumedRoleUser"]["Arn"].endswith(":assumed-role/dev/ann")
refused("ValidationError", sts.assume_role, RoleArn=role, RoleSessionName="ann", DurationSeconds=7200)
refused("AccessDenied", sts.assume_role, RoleArn=role + "x", RoleSessionName="ann")
refused("MalformedPolicyDocument", sts.assume_role, RoleArn=role, RoleSessionName="ann", Policy="not json")
c = answer["Credentials"]
session = boto3.Session(c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"])
s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
s3.create_bucket(Bucket="crate")
scoped = session.client("s3", config=Config(s3={"addressing_style": "path"}))
scoped.list_objects_v2(Bucket="crate")
error = refused("AccessDenied", scoped.put_object, Bucket="crate", Key="k", Body=b"x")
assert "because no session policy allows the s3:PutObject action" in str(error), error
chained = session.client("sts")
refused("AccessDenied", chained.get_session_token)

# Streaming, multipart, ranges.
body = os.urandom(9 * 1024 * 1024)
s3.upload_fileobj(io.BytesIO(body), "crate", "deep/er/ü key")
assert s3.get_object(Bucket="crate", Key="deep/er/ü key")["Body"].read() == body
ranged = s3.get_object(Bucket="crate", Key="deep/er/ü key", Range="bytes=5-9")
assert ranged["Body"].read() == body[5:10] and ranged["ResponseMetadata"]["HTTPStatusCode"] == 206
refused("NoSuchKey", s3.get_object, Bucket="crate", Key="none")
refused("404", s3.head_object, Bucket="crate", Key="none")
refused("NoSuchBucket", s3.list_objects_v2, Bucket="nowhere")
listed = s3.list_objects_v2(Bucket="crate", Delimiter="/")
assert [p["Prefix"] for p in listed["CommonPrefixes"]] == ["deep/"]

# Presigned addresses, of both signature versions.
for version in ("s3v4", "s3"):
    signer = boto3.client("s3", config=Config(signature_version=version, s3={"addressing_style": "path"}))
    s3.put_object(Bucket="crate", Key="p.txt", Body=b"presigned")
    url = signer.generate_presigned_url("get_object", Params={"Bucket": "crate", "Key": "p.txt"})
    assert urllib.request.urlopen(url).read() == b"presigned"
    try:
        urllib.request.urlopen(url.replace("p.txt", "q.txt"))
        raise AssertionError("the signature names another key")
    except urllib.error.HTTPError as wrong:
        assert wrong.code == 403
identity = sts.generate_presigned_url("get_caller_identity", HttpMethod="GET")
assert b"<Arn>" in urllib.request.urlopen(identity).read()

# Simulation.
simulated = iam.simulate_custom_policy(PolicyInputList=[document], ActionNames=["s3:ListBucket", "s3:GetObject"])
assert [r["EvalDecision"] for r in simulated["EvaluationResults"]] == ["allowed", "implicitDeny"]
details = iam.get_account_authorization_details(Filter=["Role"])
assert details["RoleDetailList"][0]["AssumeRolePolicyDocument"]["Statement"]

# A revocation is felt at the next call.
iam.put_role_policy(
    RoleName="dev",
    PolicyName="AWSRevokeOlderSessions",
    PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"aws:TokenIssueTime":"2999-01-01T00:00:00Z"}}}]}',
)
error = refused("AccessDenied", scoped.list_objects_v2, Bucket="crate")
assert "with an explicit deny in an identity-based policy" in str(error), error
print("ok")
