import { isSignedByCertificate } from '../../wire/x509/authentication.ts'
import { type Route, restJsonService } from '../rest-json-service.ts'
import type { Service } from '../service.ts'
import { createSession, skewMinutes } from './create-session.ts'
import { crls } from './crls.ts'
import { refused } from './faults.ts'
import { profiles } from './profiles.ts'
import { subjects } from './subjects.ts'
import { tags } from './tags.ts'
import { trustAnchors } from './trust-anchors.ts'

const operations = { ...crls, ...profiles, ...subjects, ...tags, ...trustAnchors }

const route = (name: keyof typeof operations, method: string, path: string, status?: number): Route => ({
  name,
  method,
  path,
  operation: operations[name],
  ...(status === undefined ? {} : { status }),
})

const controlPlane = restJsonService({
  name: 'rolesanywhere',
  skewMinutes,
  claims: isSignedByCertificate,
  routes: [
    route('CreateTrustAnchor', 'POST', '/trustanchors', 201),
    route('ListTrustAnchors', 'GET', '/trustanchors'),
    route('GetTrustAnchor', 'GET', '/trustanchor/{trustAnchorId}'),
    route('UpdateTrustAnchor', 'PATCH', '/trustanchor/{trustAnchorId}'),
    route('DeleteTrustAnchor', 'DELETE', '/trustanchor/{trustAnchorId}'),
    route('EnableTrustAnchor', 'POST', '/trustanchor/{trustAnchorId}/enable'),
    route('DisableTrustAnchor', 'POST', '/trustanchor/{trustAnchorId}/disable'),
    route('PutNotificationSettings', 'PATCH', '/put-notifications-settings'),
    route('ResetNotificationSettings', 'PATCH', '/reset-notifications-settings'),
    route('CreateProfile', 'POST', '/profiles', 201),
    route('ListProfiles', 'GET', '/profiles'),
    route('GetProfile', 'GET', '/profile/{profileId}'),
    route('UpdateProfile', 'PATCH', '/profile/{profileId}'),
    route('DeleteProfile', 'DELETE', '/profile/{profileId}'),
    route('EnableProfile', 'POST', '/profile/{profileId}/enable'),
    route('DisableProfile', 'POST', '/profile/{profileId}/disable'),
    route('PutAttributeMapping', 'PUT', '/profiles/{profileId}/mappings'),
    route('DeleteAttributeMapping', 'DELETE', '/profiles/{profileId}/mappings'),
    route('ImportCrl', 'POST', '/crls', 201),
    route('ListCrls', 'GET', '/crls'),
    route('GetCrl', 'GET', '/crl/{crlId}'),
    route('UpdateCrl', 'PATCH', '/crl/{crlId}'),
    route('DeleteCrl', 'DELETE', '/crl/{crlId}'),
    route('EnableCrl', 'POST', '/crl/{crlId}/enable'),
    route('DisableCrl', 'POST', '/crl/{crlId}/disable'),
    route('ListSubjects', 'GET', '/subjects'),
    route('GetSubject', 'GET', '/subject/{subjectId}'),
    route('TagResource', 'POST', '/TagResource', 201),
    route('UntagResource', 'POST', '/UntagResource'),
    route('ListTagsForResource', 'GET', '/ListTagsForResource'),
  ],
})

/**
 * IAM Roles Anywhere, API version 2018-05-10, and CreateSession, which certificates sign and no service model has.
 */
export const rolesAnywhere: Service = {
  ...controlPlane,
  operations: [...(controlPlane.operations ?? []), 'CreateSession'],
  handle: async (call) => {
    if (!isSignedByCertificate(call.request)) return controlPlane.handle(call)
    if (call.request.method === 'POST' && call.path === '/sessions') return createSession(call)
    throw refused('A certificate can be used to create a session, and for nothing else.')
  },
}
