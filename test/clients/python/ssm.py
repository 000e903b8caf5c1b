"""Parameters as boto3 keeps them: versions, labels, paths, secrets, tags, and what is refused."""
import boto3
from botocore.exceptions import ClientError

ssm = boto3.client("ssm")


def refused(code, call, **given):
    try:
        call(**given)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return
    raise AssertionError(f"{given} was not refused")


put = ssm.put_parameter(Name="/app/url", Type="String", Value="one", Tags=[{"Key": "team", "Value": "x"}])
assert (put["Version"], put["Tier"]) == (1, "Standard"), put
refused("ParameterAlreadyExists", ssm.put_parameter, Name="/app/url", Type="String", Value="two")
assert ssm.put_parameter(Name="/app/url", Value="two", Overwrite=True)["Version"] == 2
ssm.label_parameter_version(Name="/app/url", ParameterVersion=1, Labels=["old"])
for name, value in [("/app/url", "two"), ("/app/url:1", "one"), ("/app/url:old", "one")]:
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == value, name
refused("ParameterVersionNotFound", ssm.get_parameter, Name="/app/url:3")
refused("ParameterNotFound", ssm.get_parameter, Name="/app/none")
refused("ValidationException", ssm.delete_parameter, Name="/app/url:1")

ssm.put_parameter(Name="/app/key", Type="SecureString", Value="open sesame", AllowedPattern="[a-z ]+")
refused("ParameterPatternMismatchException", ssm.put_parameter, Name="/app/k", Type="String", Value="1", AllowedPattern="a")
sealed = ssm.get_parameter(Name="/app/key")["Parameter"]
assert sealed["Value"] != "open sesame" and sealed["Type"] == "SecureString"
assert ssm.get_parameter(Name=sealed["ARN"], WithDecryption=True)["Parameter"]["Value"] == "open sesame"

pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/app", PaginationConfig={"PageSize": 1})
assert [one["Name"] for page in pages for one in page["Parameters"]] == ["/app/key", "/app/url"]
history = ssm.get_parameter_history(Name="/app/url")["Parameters"]
assert [one["Labels"] for one in history] == [["old"], []], history
several = ssm.get_parameters(Names=["/app/url", "/app/none"])
assert several["InvalidParameters"] == ["/app/none"] and len(several["Parameters"]) == 1
secure = ssm.describe_parameters(ParameterFilters=[{"Key": "Type", "Values": ["SecureString"]}])["Parameters"]
assert [(one["Name"], one["KeyId"]) for one in secure] == [("/app/key", "alias/aws/ssm")], secure

ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId="/app/url", Tags=[{"Key": "level", "Value": "1"}])
ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId="/app/url", TagKeys=["team"])
tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/app/url")["TagList"]
assert tags == [{"Key": "level", "Value": "1"}], tags

gone = ssm.delete_parameters(Names=["/app/url", "/app/none"])
assert (gone["DeletedParameters"], gone["InvalidParameters"]) == (["/app/url"], ["/app/none"]), gone
print("ok")
