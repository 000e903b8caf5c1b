"""The control plane of IAM Roles Anywhere as boto3 calls it. Prints what was made, as JSON."""

import json
import sys

import boto3
from botocore.exceptions import ClientError

ca_file, other_ca_file, crl_file = sys.argv[1:4]
ca, other_ca = open(ca_file).read(), open(other_ca_file).read()
crl = open(crl_file, "rb").read()
client = boto3.client("rolesanywhere")
iam = boto3.client("iam")


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error.response["Error"]["Message"]
    raise AssertionError(f"{call} was to be refused with {code}")


def bundle(text):
    return {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": text}}


trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "rolesanywhere.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        }
    ],
}
role = iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
iam.attach_role_policy(RoleName="web", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")

anchor = client.create_trust_anchor(name="ca", source=bundle(ca), enabled=True, tags=[{"key": "team", "value": "web"}])
anchor = anchor["trustAnchor"]
anchor_id = anchor["trustAnchorId"]
assert anchor["enabled"] and anchor["source"] == bundle(ca)
assert {setting["event"] for setting in anchor["notificationSettings"]} == {
    "CA_CERTIFICATE_EXPIRY",
    "END_ENTITY_CERTIFICATE_EXPIRY",
}
refused("ValidationException", client.create_trust_anchor, name="x", source=bundle("no certificate"))
nowhere = "00000000-0000-4000-8000-000000000000"
assert refused("ResourceNotFoundException", client.get_trust_anchor, trustAnchorId=nowhere) == "Trust anchor not found."
assert client.get_trust_anchor(trustAnchorId=anchor_id)["trustAnchor"] == anchor
renamed = client.update_trust_anchor(trustAnchorId=anchor_id, name="ca 2", source=bundle(other_ca))["trustAnchor"]
assert (renamed["name"], renamed["source"]) == ("ca 2", bundle(other_ca))
client.update_trust_anchor(trustAnchorId=anchor_id, source=bundle(ca))
assert not client.disable_trust_anchor(trustAnchorId=anchor_id)["trustAnchor"]["enabled"]
assert client.enable_trust_anchor(trustAnchorId=anchor_id)["trustAnchor"]["enabled"]
setting = {"event": "CA_CERTIFICATE_EXPIRY", "enabled": False, "threshold": 10}
changed = client.put_notification_settings(trustAnchorId=anchor_id, notificationSettings=[setting])["trustAnchor"]
assert [one["threshold"] for one in changed["notificationSettings"] if not one["enabled"]] == [10]
reset = client.reset_notification_settings(
    trustAnchorId=anchor_id, notificationSettingKeys=[{"event": "CA_CERTIFICATE_EXPIRY"}]
)["trustAnchor"]
assert all(one["enabled"] for one in reset["notificationSettings"])

spare = client.create_trust_anchor(name="spare", source=bundle(other_ca))["trustAnchor"]
assert not spare["enabled"]
first = client.list_trust_anchors(pageSize=1)
assert len(first["trustAnchors"]) == 1
rest = client.list_trust_anchors(pageSize=5, nextToken=first["nextToken"])
assert [one["name"] for one in rest["trustAnchors"]] == ["spare"] and "nextToken" not in rest
pages = client.get_paginator("list_trust_anchors").paginate(pageSize=1)
assert len(pages.build_full_result()["trustAnchors"]) == 2
client.delete_trust_anchor(trustAnchorId=spare["trustAnchorId"])

profile = client.create_profile(name="web", roleArns=[role], enabled=True, durationSeconds=1800)["profile"]
profile_id = profile["profileId"]
assert profile["durationSeconds"] == 1800 and not profile["acceptRoleSessionName"]
fields = {one["certificateField"]: [rule["specifier"] for rule in one["mappingRules"]] for one in profile["attributeMappings"]}
assert fields == {"x509Issuer": ["*"], "x509SAN": ["DNS", "URI", "Name/*"], "x509Subject": ["*"]}
mapped = client.put_attribute_mapping(
    profileId=profile_id, certificateField="x509Issuer", mappingRules=[{"specifier": "CN"}, {"specifier": "O"}]
)["profile"]
assert {"certificateField": "x509Issuer", "mappingRules": [{"specifier": "CN"}, {"specifier": "O"}]} in mapped["attributeMappings"]
for specifiers in (["O"], ["CN"]):
    mapped = client.delete_attribute_mapping(
        profileId=profile_id, certificateField="x509Issuer", specifiers=specifiers
    )["profile"]
assert "x509Issuer" not in {one["certificateField"] for one in mapped["attributeMappings"]}
refused(
    "ValidationException",
    client.put_attribute_mapping,
    profileId=profile_id,
    certificateField="x509SAN",
    mappingRules=[{"specifier": "IP"}],
)
updated = client.update_profile(profileId=profile_id, durationSeconds=3600, acceptRoleSessionName=True)["profile"]
assert updated["durationSeconds"] == 3600 and updated["acceptRoleSessionName"] and updated["roleArns"] == [role]
assert not client.disable_profile(profileId=profile_id)["profile"]["enabled"]
assert client.enable_profile(profileId=profile_id)["profile"]["enabled"]
assert [one["name"] for one in client.list_profiles()["profiles"]] == ["web"]
message = refused("ValidationException", client.create_profile, name="x", roleArns=[role], sessionPolicy="{")
assert message.startswith("Invalid session policy")

imported = client.import_crl(name="crl", crlData=crl, trustAnchorArn=anchor["trustAnchorArn"])["crl"]
assert imported["crlData"] == crl and not imported["enabled"]
crl_id = imported["crlId"]
assert client.enable_crl(crlId=crl_id)["crl"]["enabled"]
assert not client.disable_crl(crlId=crl_id)["crl"]["enabled"]
assert client.update_crl(crlId=crl_id, name="crl 2")["crl"]["name"] == "crl 2"
assert client.get_crl(crlId=crl_id)["crl"]["trustAnchorArn"] == anchor["trustAnchorArn"]
assert [one["name"] for one in client.list_crls()["crls"]] == ["crl 2"]
refused("ValidationException", client.import_crl, name="x", crlData=b"no list", trustAnchorArn=anchor["trustAnchorArn"])

arn = anchor["trustAnchorArn"]
client.tag_resource(resourceArn=arn, tags=[{"key": "stage", "value": "test"}])
client.untag_resource(resourceArn=arn, tagKeys=["team"])
assert client.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "stage", "value": "test"}]
assert client.list_subjects()["subjects"] == []
refused("ResourceNotFoundException", client.list_tags_for_resource, resourceArn=arn[:-1])

iam.create_user(UserName="nobody")
key = iam.create_access_key(UserName="nobody")["AccessKey"]
nobody = boto3.client(
    "rolesanywhere", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
)
message = refused("AccessDeniedException", nobody.list_trust_anchors)
assert "not authorized to perform: rolesanywhere:ListTrustAnchors" in message, message

print(json.dumps({"anchor": arn, "profile": profile["profileArn"], "role": role, "crl": crl_id}))
