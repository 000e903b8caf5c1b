"""boto3's iot client makes everything a device needs; prints what the device must know, as JSON."""

import json

import boto3

iot = boto3.client("iot")
iam = boto3.client("iam")
trust = {"Effect": "Allow", "Principal": {"Service": "credentials.iot.amazonaws.com"}, "Action": "sts:AssumeRole"}
document = lambda statement: json.dumps({"Version": "2012-10-17", "Statement": [statement]})
role = iam.create_role(RoleName="lamp", AssumeRolePolicyDocument=document(trust))["Role"]
iam.put_role_policy(
    RoleName="lamp",
    PolicyName="lamp",
    PolicyDocument=document({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}),
)

iot.create_thing_type(thingTypeName="bulb", thingTypeProperties={"thingTypeDescription": "It glows"})
thing = iot.create_thing(thingName="lamp", thingTypeName="bulb", attributePayload={"attributes": {"floor": "3"}})
made = iot.create_keys_and_certificate(setAsActive=False)
certificate = made["certificateArn"]
iot.update_certificate(certificateId=made["certificateId"], newStatus="ACTIVE")
iot.attach_thing_principal(thingName="lamp", principal=certificate)
alias = iot.create_role_alias(roleAlias="lamp", roleArn=role["Arn"], credentialDurationSeconds=1800)
iot.create_policy(
    policyName="lamps",
    policyDocument=document(
        {"Effect": "Allow", "Action": "iot:AssumeRoleWithCertificate", "Resource": alias["roleAliasArn"]}
    ),
)
iot.attach_policy(policyName="lamps", target=certificate)

described = iot.describe_thing(thingName="lamp")
assert (described["thingTypeName"], described["attributes"]) == ("bulb", {"floor": "3"}), described
assert iot.describe_thing_type(thingTypeName="bulb")["thingTypeMetadata"]["deprecated"] is False
assert [one["thingName"] for one in iot.get_paginator("list_things").paginate().build_full_result()["things"]] == ["lamp"]
assert iot.list_thing_principals(thingName="lamp")["principals"] == [certificate]
assert iot.list_principal_things(principal=certificate)["things"] == ["lamp"]
assert iot.list_attached_policies(target=certificate)["policies"][0]["policyName"] == "lamps"
assert iot.list_targets_for_policy(policyName="lamps")["targets"] == [certificate]
assert iot.list_role_aliases()["roleAliases"] == ["lamp"]
assert iot.describe_role_alias(roleAlias="lamp")["roleAliasDescription"]["credentialDurationSeconds"] == 1800
shown = iot.describe_certificate(certificateId=made["certificateId"])["certificateDescription"]
assert (shown["status"], shown["certificatePem"]) == ("ACTIVE", made["certificatePem"]), shown
assert shown["validity"]["notAfter"].year == 2049, shown
for wrong, code in (
    (lambda: iot.describe_thing(thingName="none"), "ResourceNotFoundException"),
    (lambda: iot.delete_thing(thingName="lamp"), "InvalidRequestException"),
    (lambda: iot.delete_policy(policyName="lamps"), "DeleteConflictException"),
    (lambda: iot.delete_certificate(certificateId=made["certificateId"]), "CertificateStateException"),
):
    try:
        wrong()
        raise SystemExit(f"{code} was expected")
    except iot.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error

print(
    json.dumps(
        {
            "endpoint": iot.describe_endpoint(endpointType="iot:CredentialProvider")["endpointAddress"],
            "certificate": made["certificatePem"],
            "key": made["keyPair"]["PrivateKey"],
        }
    )
)
