import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { WireFault } from '../../wire/wire-fault.ts'
import { readXml, writeXml, type XmlElement, type XmlValue } from '../../wire/xml.ts'
import type { Instant } from '../cloud.ts'
import type { Answer } from '../service.ts'
import { malformedXml } from './refusals.ts'
import type { S3Request } from './request.ts'

export const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** A document as S3 answers it. */
export const xmlAnswer = (root: string, fields: XmlValue, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  body: writeXml(root, fields, { xmlns: namespace, declaration: true }),
})

/** A status and headers without a body. */
export const emptyAnswer = (status: number, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers,
})

export const streamAnswer = (status: number, headers: Readonly<Record<string, string>>, body: Readable): Answer => ({
  status,
  headers,
  body,
})

/** The XML in a request's body; throws MalformedXML. */
export const xmlBody = async (request: S3Request): Promise<XmlElement> => parseXml(await wholeBody(request))

const longestDocument = 2 * 1024 * 1024

/** A body that is no object: 2 MiB at most. It can be read once. */
export const wholeBody = ({ call }: S3Request): Promise<Uint8Array> => call.body(longestDocument)

/** The document in these bytes; throws MalformedXML. */
export function parseXml(bytes: Uint8Array): XmlElement {
  try {
    return readXml(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw error instanceof WireFault || error instanceof TypeError ? malformedXml() : error
  }
}

/** S3's canonical id of an account: 64 hex digits that tell nothing. */
export const canonicalId = (accountId: string): string =>
  createHash('sha256').update(`canonical user of ${accountId}`).digest('hex')

/** An instant as S3 writes it in XML: to the second, with the milliseconds it does not keep. */
export const xmlInstant = (at: Instant): string => `${at.slice(0, 19)}.000Z`
