import { Fault } from '../fault.ts'
import { prepareRolesAnywhere } from '../roles-anywhere/prepare.ts'
import type { ControlRoute } from '../service.ts'
import { flag, type InputOf, integer, list, oneOf, readInput, required, text } from '../shape.ts'
import { authorityOf } from './authority.ts'
import { issueCertificate } from './issue-certificate.ts'

const name = text({ min: 1, max: 64 })
const shape = {
  commonName: required(name),
  organization: name,
  organizationalUnits: list(name, { max: 10 }),
  dns: list(text({ min: 1, max: 253, pattern: '[A-Za-z0-9.*_-]+' }), { max: 20 }),
  uris: list(text({ min: 1, max: 2048, pattern: '[!-~]+' }), { max: 20 }),
  keyType: oneOf('ec', 'rsa'),
  /** Seconds. */
  lifetime: integer({ min: 1, max: 20 * 366 * 86_400 }),
  /** Of a role that the certificate is to be good for. */
  roleName: text({ min: 1, max: 64, pattern: '[\\w+=,.@-]+' }),
  /** What the role may do, when it is made for this. */
  policyArn: text({ min: 20, max: 2048 }),
  acceptRoleSessionName: flag(),
}

/** The control endpoints that issue certificates from the sandbox's own authority. */
export const certificateControls: Readonly<Record<string, ControlRoute>> = {
  'GET certificates/authority': async ({ cloud }) => ({
    certificate: (await authorityOf(cloud)).certificate,
  }),
  'POST certificates': async ({ cloud }, body) => {
    const request = requestIn(body)
    const { roleName, policyArn, acceptRoleSessionName = false } = request
    const issued = await issueCertificate(cloud, {
      commonName: request.commonName,
      ...(request.organization === undefined ? {} : { organization: request.organization }),
      organizationalUnits: request.organizationalUnits ?? [],
      dns: request.dns ?? [],
      uris: request.uris ?? [],
      keyType: request.keyType ?? 'ec',
      lifetime: request.lifetime ?? 86_400,
    })
    if (roleName === undefined) return issued
    const { certificate } = await authorityOf(cloud)
    const wanted = { roleName, acceptRoleSessionName, ...(policyArn === undefined ? {} : { policyArn }) }
    return { ...issued, rolesAnywhere: prepareRolesAnywhere(cloud, certificate, wanted) }
  },
}

function requestIn(body: unknown): InputOf<typeof shape> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Fault('BadRequest', 400, 'The body is not a JSON object.', { hint: 'Send {"commonName": "web-1"}.' })
  return readInput(shape, body)
}
