import { parseArn } from '../model/arn.ts'
import type { PrincipalElement } from './document.ts'
import { at, type FaultList, quote, report } from './fault.ts'
import { isRecord, readStrings } from './field.ts'

const fields = { AWS: 'aws', Service: 'service', Federated: 'federated', CanonicalUser: 'canonicalUser' } as const

/** A Principal or NotPrincipal element. */
export function readPrincipal(value: unknown, faults: FaultList): PrincipalElement | undefined {
  if (value === '*') return { any: true }
  if (!isRecord(value)) return report(faults, 'must be "*" or an object with AWS, Service, Federated or CanonicalUser')
  const element: { -readonly [Field in (typeof fields)[keyof typeof fields]]?: readonly string[] } = {}
  for (const [name, listed] of Object.entries(value)) {
    const here = at(faults, name)
    if (!isField(name)) {
      report(here, `there is no principal type ${quote(name)}; there are AWS, Service, Federated and CanonicalUser`)
      continue
    }
    const names = readStrings(listed, here)
    if (Array.isArray(listed) && listed.length === 0) report(here, 'is an empty list')
    names.forEach((text, index) => {
      if (!shapes[name](text))
        report(
          Array.isArray(listed) ? at(here, index) : here,
          `${quote(text)} is not ${wanted[name]}`,
          `Invalid principal in policy: "${name.toUpperCase()}":"${text}"`,
        )
    })
    element[fields[name]] = names
  }
  if (Object.keys(value).length === 0) report(faults, 'names nobody', 'Missing required field Principal')
  return element
}

const isField = (name: string): name is keyof typeof fields => Object.hasOwn(fields, name)

const shapes: Readonly<Record<keyof typeof fields, (text: string) => boolean>> = {
  AWS: isAwsPrincipal,
  Service: (text) => text === '*' || /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/i.test(text),
  Federated: (text) =>
    text === '*' ||
    /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(text) ||
    /^arn:[a-z-]+:iam::\d{12}:(oidc|saml)-provider\/[^*?]+$/.test(text),
  CanonicalUser: (text) => text === '*' || /^[0-9a-f]{64}$/i.test(text),
}

const wanted: Readonly<Record<keyof typeof fields, string>> = {
  AWS: 'an account id, the ARN of an account, user, role or session, or "*"; wildcards inside an ARN do not count here',
  Service: 'the name of an AWS service, as in ec2.amazonaws.com',
  Federated: 'an identity provider: its domain or its ARN',
  CanonicalUser: 'a canonical user id',
}

function isAwsPrincipal(text: string): boolean {
  if (text === '*' || /^\d{12}$/.test(text)) return true
  // What is left of a principal that was deleted: its unique id.
  if (/^(AIDA|AROA|ASIA|AIPA|AGPA)[A-Z0-9]{12,}$/.test(text)) return true
  const arn = parseArn(text)
  if (arn === undefined || /[*?]/.test(text) || arn.region !== '') return false
  if (arn.service === 'sts')
    return /^\d{12}$/.test(arn.account) && /^(assumed-role\/[^/]+\/[^/]+|federated-user\/.+)$/.test(arn.resource)
  const known = /^(\d{12}|cloudfront)$/.test(arn.account) && /^(root|(user|role)\/.+)$/.test(arn.resource)
  return arn.service === 'iam' && known
}
