"""The template of `mayfly setup user`, driven with boto3: every answer is held against botocore's own model."""
import json
import sys

import boto3
from botocore.exceptions import ClientError, WaiterError
from botocore.validate import ParamValidator

template = open(sys.argv[1]).read()
cloudformation = boto3.client("cloudformation")


def call(operation, **arguments):
    answer = getattr(cloudformation, operation)(**arguments)
    shape = cloudformation.meta.service_model.operation_model(cloudformation.meta.method_to_api_mapping[operation])
    if shape.output_shape is not None:
        members = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
        report = ParamValidator().validate(members, shape.output_shape)
        assert not report.has_errors(), f"{operation}: {report.generate_report()}"
        unknown = set(members) - set(shape.output_shape.members)
        assert not unknown, f"{operation}: {unknown}"
    return answer


def wait(name, stack):
    cloudformation.get_waiter(name).wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 20})


def refused(code, operation, **arguments):
    try:
        call(operation, **arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error.response["Error"]["Message"]
    raise AssertionError(f"{operation} was to be refused")


parameters = [{"ParameterKey": "UserName", "ParameterValue": "ann"}]
summary = call("validate_template", TemplateBody=template)
assert "CAPABILITY_NAMED_IAM" in summary["Capabilities"], summary
assert "UserName" in {one["ParameterKey"] for one in summary["Parameters"]}

refused("InsufficientCapabilitiesException", "create_stack", StackName="ann", TemplateBody=template, Parameters=parameters)
stack_id = call(
    "create_stack",
    StackName="ann",
    TemplateBody=template,
    Parameters=parameters,
    Capabilities=["CAPABILITY_NAMED_IAM"],
    Tags=[{"Key": "team", "Value": "data"}],
)["StackId"]
wait("stack_create_complete", "ann")
[stack] = call("describe_stacks", StackName="ann")["Stacks"]
assert stack["StackId"] == stack_id and stack["StackStatus"] == "CREATE_COMPLETE", stack
outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
kept = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=outputs["KeySecretArn"])["SecretString"])
assert kept["aws_access_key_id"] == outputs["AccessKeyId"]
who = boto3.client("sts", **kept).get_caller_identity()
assert who["Arn"] == outputs["UserArn"], who

refused("AlreadyExistsException", "create_stack", StackName="ann", TemplateBody=template, Parameters=parameters,
        Capabilities=["CAPABILITY_NAMED_IAM"])
refused("ValidationError", "describe_stacks", StackName="nobody")
resources = call("describe_stack_resources", StackName="ann")["StackResources"]
assert {one["LogicalResourceId"] for one in resources} == {"Group", "Gate", "User", "Key", "KeySecret"}, resources
assert len(call("list_stack_resources", StackName="ann")["StackResourceSummaries"]) == 5
# The one answer that botocore does not leave in its own shape: it reads the template.
assert cloudformation.get_template(StackName="ann")["TemplateBody"] == json.loads(template)
events = call("describe_stack_events", StackName="ann")["StackEvents"]
assert events[0]["ResourceStatus"] == "CREATE_COMPLETE" and events[0]["LogicalResourceId"] == "ann", events[0]
told = call("describe_events", StackName="ann")["OperationEvents"]
assert {one["OperationType"] for one in told} == {"CREATE_STACK"} and len(told) == len(events), told
detail = call("describe_stack_resource", StackName="ann", LogicalResourceId="User")["StackResourceDetail"]
assert detail["PhysicalResourceId"] == "ann", detail
assert call("list_exports")["Exports"] == [] and call("get_template_summary", StackName="ann")["Parameters"]
assert [one["StackName"] for one in call("list_stacks", StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"]] == ["ann"]

unchanged = refused(
    "ValidationError",
    "update_stack",
    StackName="ann",
    UsePreviousTemplate=True,
    Parameters=[{"ParameterKey": "UserName", "UsePreviousValue": True}],
    Capabilities=["CAPABILITY_NAMED_IAM"],
)
assert unchanged == "No updates are to be performed.", unchanged

change = [
    {"ParameterKey": "UserName", "UsePreviousValue": True},
    {"ParameterKey": "ManagedPolicyArns", "ParameterValue": "arn:aws:iam::aws:policy/AmazonS3FullAccess"},
]
made = call(
    "create_change_set",
    StackName="ann",
    ChangeSetName="more",
    UsePreviousTemplate=True,
    Parameters=change,
    Capabilities=["CAPABILITY_NAMED_IAM"],
)
cloudformation.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"], WaiterConfig={"Delay": 1})
[described] = call("describe_change_set", ChangeSetName=made["Id"])["Changes"]
assert described["ResourceChange"]["LogicalResourceId"] == "Group", described
assert described["ResourceChange"]["Action"] == "Modify" and described["ResourceChange"]["Replacement"] == "False"
values = call("describe_change_set", ChangeSetName=made["Id"], IncludePropertyValues=True)["Changes"][0]
assert "AmazonS3FullAccess" in values["ResourceChange"]["AfterContext"], values
assert [one["ChangeSetId"] for one in call("list_change_sets", StackName="ann")["Summaries"]] == [made["Id"]]
call("describe_events", ChangeSetName=made["Id"])
call("execute_change_set", ChangeSetName=made["Id"])
wait("stack_update_complete", "ann")
attached = boto3.client("iam").list_attached_group_policies(GroupName=next(
    one["PhysicalResourceId"] for one in resources if one["LogicalResourceId"] == "Group"))
assert [one["PolicyName"] for one in attached["AttachedPolicies"]] == ["AmazonS3FullAccess"]

call(
    "create_stack",
    StackName="broken",
    TemplateBody=json.dumps({"Resources": {"User": {"Type": "AWS::IAM::User", "Properties": {"UserName": "ann"}}}}),
    Capabilities=["CAPABILITY_NAMED_IAM"],
)
try:
    wait("stack_create_complete", "broken")
    raise AssertionError("a user that is there cannot be made")
except WaiterError as error:
    assert error.last_response["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE", error
reasons = [one.get("ResourceStatusReason", "") for one in call("describe_stack_events", StackName="broken")["StackEvents"]
           if one["ResourceStatus"] == "CREATE_FAILED"]
assert any("ann already exists" in reason for reason in reasons), reasons

for name in ("broken", "ann"):
    call("delete_stack", StackName=name)
    wait("stack_delete_complete", name)
assert [one["UserName"] for one in boto3.client("iam").list_users()["Users"]] == ["admin"]
assert call("describe_stacks", StackName=stack_id)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
print("ok")
