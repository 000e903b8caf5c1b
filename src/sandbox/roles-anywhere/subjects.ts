import { randomUUID } from 'node:crypto'
import type { Cloud } from '../cloud.ts'
import { type Output, operation } from '../service.ts'
import { required } from '../shape.ts'
import { type CertificateFacts, shownName } from './certificate.ts'
import * as members from './members.ts'
import { find, needs, pageOf } from './resources.ts'
import { rolesAnywhereState, type SeenCertificate, type Subject, type TrustAnchor } from './state.ts'

const mostCertificates = 20

/**
 * Keeps that a subject asked for a session with this certificate, and whether it got one; gives the subject's ARN. A
 * subject is a distinct name in the account of the trust anchor.
 */
export function noteSubject(
  cloud: Cloud,
  at: Date,
  { accountId, region }: Pick<TrustAnchor, 'accountId' | 'region'>,
  facts: CertificateFacts,
  failed: boolean,
): string {
  const { subjects } = rolesAnywhereState(cloud)
  const x509Subject = shownName(facts.subject)
  const known = [...subjects.values()].find(
    (one) => one.accountId === accountId && one.region === region && one.x509Subject === x509Subject,
  )
  const now = at.toISOString()
  const subject = known ?? newSubject(accountId, region, x509Subject, now)
  const { certificate } = facts
  const seen: SeenCertificate = {
    seenAt: now,
    serialNumber: BigInt(`0x${certificate.serialNumber.replace('-', '')}`).toString(),
    issuer: shownName(facts.issuer),
    enabled: true,
    x509CertificateData: certificate.toString(),
    failed,
  }
  const others = subject.certificates.filter(
    ({ x509CertificateData }) => x509CertificateData !== seen.x509CertificateData,
  )
  const certificates = [seen, ...others].slice(0, mostCertificates)
  subjects.put(subject.arn, { ...subject, certificates, lastSeenAt: now, updatedAt: now })
  return subject.arn
}

function newSubject(accountId: string, region: string, x509Subject: string, now: string): Subject {
  const id = randomUUID()
  const arn = `arn:aws:rolesanywhere:${region}:${accountId}:subject/${id}`
  const times = { createdAt: now, updatedAt: now, lastSeenAt: now }
  return { id, arn, accountId, region, ...times, enabled: true, tags: {}, x509Subject, certificates: [] }
}

const summary = (subject: Subject): Output => ({
  subjectArn: subject.arn,
  subjectId: subject.id,
  enabled: subject.enabled,
  x509Subject: subject.x509Subject,
  lastSeenAt: subject.lastSeenAt,
  createdAt: subject.createdAt,
  updatedAt: subject.updatedAt,
})

export const subjects = {
  GetSubject: operation({
    input: { subjectId: required(members.id) },
    needs: (input, call) =>
      needs(call, 'GetSubject', 'subject', input.subjectId, rolesAnywhereState(call.cloud).subjects),
    perform: (input, call) => {
      const found = find(rolesAnywhereState(call.cloud).subjects, call, 'subject', input.subjectId)
      return { subject: { ...summary(found), credentials: found.certificates, instanceProperties: [] } }
    },
  }),
  ListSubjects: operation({
    input: members.paging,
    needs: () => ({ action: 'rolesanywhere:ListSubjects', resource: '*' }),
    perform: (input, call) => {
      const { items, ...more } = pageOf(call, rolesAnywhereState(call.cloud).subjects, input)
      return { subjects: items.map(summary), ...more }
    },
  }),
}
