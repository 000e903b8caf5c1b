"""Secrets as boto3 keeps them: versions, stages, policies, deletion, and what is refused."""
import boto3
from botocore.exceptions import ClientError

secrets = boto3.client("secretsmanager")


def refused(code, call, **given):
    try:
        call(**given)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["Error"]["Message"], error
        return
    raise AssertionError(f"{given} was not refused")


made = secrets.create_secret(Name="app/key", SecretString="one", Tags=[{"Key": "team", "Value": "x"}])
arn = made["ARN"]
refused("ResourceExistsException", secrets.create_secret, Name="app/key", SecretString="one")
refused("ResourceNotFoundException", secrets.get_secret_value, SecretId="app/ke")
assert secrets.get_secret_value(SecretId=arn[:-7])["SecretString"] == "one"

token = "0" * 32
secrets.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString="two")
secrets.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString="two")
refused("ResourceExistsException", secrets.put_secret_value, SecretId=arn, ClientRequestToken=token, SecretString="3")
assert secrets.describe_secret(SecretId=arn)["VersionIdsToStages"] == {
    made["VersionId"]: ["AWSPREVIOUS"],
    token: ["AWSCURRENT"],
}
refused(
    "InvalidParameterException",
    secrets.update_secret_version_stage,
    SecretId=arn,
    VersionStage="AWSCURRENT",
    MoveToVersionId=made["VersionId"],
)
secrets.update_secret_version_stage(
    SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=made["VersionId"], RemoveFromVersionId=token
)
assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "one"
assert secrets.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")["SecretString"] == "two"

binary = secrets.create_secret(Name="bytes", SecretBinary=b"\x00\xff")
assert secrets.get_secret_value(SecretId="bytes")["SecretBinary"] == b"\x00\xff"
batch = secrets.batch_get_secret_value(SecretIdList=["bytes", "nothing"])
assert [each["Name"] for each in batch["SecretValues"]] == ["bytes"]
assert [each["ErrorCode"] for each in batch["Errors"]] == ["ResourceNotFoundException"]
password = secrets.get_random_password(PasswordLength=20, ExcludePunctuation=True)["RandomPassword"]
assert len(password) == 20 and password.isalnum(), password

refused("MalformedPolicyDocumentException", secrets.put_resource_policy, SecretId=arn, ResourcePolicy="{}")
names = [each["Name"] for each in secrets.list_secrets(Filters=[{"Key": "tag-value", "Values": ["x"]}])["SecretList"]]
assert names == ["app/key"], names
refused("InvalidRequestException", secrets.rotate_secret, SecretId=arn)
secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
refused("ResourceNotFoundException", secrets.describe_secret, SecretId=arn)
print("ok")
