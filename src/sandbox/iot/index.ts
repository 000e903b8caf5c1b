import { type Route, restJsonService } from '../rest-json-service.ts'
import type { Service } from '../service.ts'
import { certificates } from './certificates.ts'
import { endpoints } from './endpoints.ts'
import { policies } from './policies.ts'
import { policyVersions } from './policy-versions.ts'
import { roleAliases } from './role-aliases.ts'
import { thingTypes } from './thing-types.ts'
import { things } from './things.ts'

const operations = {
  ...certificates,
  ...endpoints,
  ...policies,
  ...policyVersions,
  ...roleAliases,
  ...thingTypes,
  ...things,
}

const route = (name: keyof typeof operations, method: string, path: string, headers?: Route['headers']): Route => ({
  ...{ name, method, path, operation: operations[name] },
  ...(headers ? { headers } : {}),
})

const principal = { 'x-amzn-principal': 'principal' }
const iotPrincipal = { 'x-amzn-iot-principal': 'principal' }

/** The control plane of AWS IoT, API version 2015-05-28: what devices need to come by credentials. */
export const iot: Service = restJsonService({
  name: 'iot',
  skewMinutes: 5,
  codes: { ValidationError: 'InvalidRequestException', InternalFailure: 'InternalFailureException' },
  routes: [
    route('DescribeEndpoint', 'GET', '/endpoint'),
    route('CreateThing', 'POST', '/things/{thingName}'),
    route('DescribeThing', 'GET', '/things/{thingName}'),
    route('UpdateThing', 'PATCH', '/things/{thingName}'),
    route('ListThings', 'GET', '/things'),
    route('DeleteThing', 'DELETE', '/things/{thingName}'),
    route('AttachThingPrincipal', 'PUT', '/things/{thingName}/principals', principal),
    route('DetachThingPrincipal', 'DELETE', '/things/{thingName}/principals', principal),
    route('ListThingPrincipals', 'GET', '/things/{thingName}/principals'),
    route('ListPrincipalThings', 'GET', '/principals/things', principal),
    route('CreateThingType', 'POST', '/thing-types/{thingTypeName}'),
    route('DescribeThingType', 'GET', '/thing-types/{thingTypeName}'),
    route('ListThingTypes', 'GET', '/thing-types'),
    route('DeprecateThingType', 'POST', '/thing-types/{thingTypeName}/deprecate'),
    route('DeleteThingType', 'DELETE', '/thing-types/{thingTypeName}'),
    route('CreateKeysAndCertificate', 'POST', '/keys-and-certificate'),
    route('CreateCertificateFromCsr', 'POST', '/certificates'),
    route('RegisterCertificate', 'POST', '/certificate/register'),
    route('RegisterCertificateWithoutCA', 'POST', '/certificate/register-no-ca'),
    route('UpdateCertificate', 'PUT', '/certificates/{certificateId}'),
    route('DescribeCertificate', 'GET', '/certificates/{certificateId}'),
    route('ListCertificates', 'GET', '/certificates'),
    route('DeleteCertificate', 'DELETE', '/certificates/{certificateId}'),
    route('CreatePolicy', 'POST', '/policies/{policyName}'),
    route('GetPolicy', 'GET', '/policies/{policyName}'),
    route('ListPolicies', 'GET', '/policies'),
    route('DeletePolicy', 'DELETE', '/policies/{policyName}'),
    route('CreatePolicyVersion', 'POST', '/policies/{policyName}/version'),
    route('ListPolicyVersions', 'GET', '/policies/{policyName}/version'),
    route('GetPolicyVersion', 'GET', '/policies/{policyName}/version/{policyVersionId}'),
    route('SetDefaultPolicyVersion', 'PATCH', '/policies/{policyName}/version/{policyVersionId}'),
    route('DeletePolicyVersion', 'DELETE', '/policies/{policyName}/version/{policyVersionId}'),
    route('AttachPolicy', 'PUT', '/target-policies/{policyName}'),
    route('DetachPolicy', 'POST', '/target-policies/{policyName}'),
    route('AttachPrincipalPolicy', 'PUT', '/principal-policies/{policyName}', iotPrincipal),
    route('DetachPrincipalPolicy', 'DELETE', '/principal-policies/{policyName}', iotPrincipal),
    route('ListAttachedPolicies', 'POST', '/attached-policies/{target}'),
    route('ListTargetsForPolicy', 'POST', '/policy-targets/{policyName}'),
    route('CreateRoleAlias', 'POST', '/role-aliases/{roleAlias}'),
    route('DescribeRoleAlias', 'GET', '/role-aliases/{roleAlias}'),
    route('ListRoleAliases', 'GET', '/role-aliases'),
    route('UpdateRoleAlias', 'PUT', '/role-aliases/{roleAlias}'),
    route('DeleteRoleAlias', 'DELETE', '/role-aliases/{roleAlias}'),
  ],
})
