"""boto3 as somebody without any credentials: a provider's metadata, a role, an assertion, and what is refused."""

import json
import os
import urllib.request

import boto3
from botocore.exceptions import ClientError

endpoint = os.environ["AWS_ENDPOINT_URL"]


def control(method, path, body):
    request = urllib.request.Request(f"{endpoint}/_mayfly/{path}", json.dumps(body).encode(), method=method)
    request.add_header("Authorization", f"Bearer {os.environ['CONTROL_TOKEN']}")
    return json.load(urllib.request.urlopen(request))


iam = boto3.client("iam")
metadata = urllib.request.urlopen(f"{endpoint}/saml-idp/metadata").read().decode()
provider = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=metadata, Tags=[{"Key": "a", "Value": "b"}])
provider = provider["SAMLProviderArn"]
assert iam.get_saml_provider(SAMLProviderArn=provider)["SAMLMetadataDocument"] == metadata
assert [p["Arn"] for p in iam.list_saml_providers()["SAMLProviderList"]] == [provider]
try:
    iam.create_saml_provider(Name="bad", SAMLMetadataDocument="x" * 1000)
    raise AssertionError("that is no metadata")
except iam.exceptions.InvalidInputException as error:
    assert "Could not parse metadata" in str(error)
statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"]}
trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
role = iam.create_role(RoleName="dev", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
iam.attach_role_policy(RoleName="dev", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
control("PUT", "saml-idp", {"users": {"ann": {"password": "x", "roles": [f"{role},{provider}"]}}})

sts = boto3.session.Session().client("sts", aws_access_key_id="", aws_secret_access_key="")


def assume(**order):
    response = control("POST", "saml-idp/response", {"user": "ann", **order})["samlResponse"]
    return sts.assume_role_with_saml(RoleArn=role, PrincipalArn=provider, SAMLAssertion=response)


answer = assume(attributes={"PrincipalTag:team": "blue"})
assert answer["Subject"] == "ann" and answer["SubjectType"] == "persistent"
assert answer["Audience"] == "https://signin.aws.amazon.com/saml"
assert answer["PackedPolicySize"] > 0
c = answer["Credentials"]
session = boto3.Session(c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"])
assert session.client("sts").get_caller_identity()["Arn"].endswith(":assumed-role/dev/ann@example.com")
assert session.client("iam").list_users()["Users"]

try:
    assume(signed="nothing")
    raise AssertionError("nobody signed that")
except sts.exceptions.InvalidIdentityTokenException as error:
    assert "Response signature invalid" in str(error)
try:
    assume(issueInstant="2020-01-01T00:00:00Z")
    raise AssertionError("that is stale")
except sts.exceptions.ExpiredTokenException as error:
    assert "within 5 minutes" in str(error)
try:
    assume(attributes={"Role": f"{role}-2,{provider}"})
    raise AssertionError("that is another role")
except ClientError as error:
    assert error.response["Error"]["Code"] == "AccessDenied", error
print("ok")
