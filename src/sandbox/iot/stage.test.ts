// No tests in here: what the tests beside it play on. It is named so that it stays out of the package.
import { createHash, X509Certificate } from 'node:crypto'
import { request as httpsRequest } from 'node:https'
import type { TestContext } from 'node:test'
import { sign } from '../../wire/sigv4/sign.ts'
import { encodeUri } from '../../wire/uri.ts'
import { authorityOf } from '../certificates/authority.ts'
import { account, addRole, allow, type Reply, type Stage, send, setStage, trust } from '../stage.test.ts'

/** A device whose certificate, thing, policy, alias and role are all as they should be. */
export interface DeviceStage extends Stage {
  readonly certificateId: string
  readonly certificateArn: string
  readonly pem: string
  readonly keyPem: string
  readonly authority: string
  /** Calls the control plane as the administrator, and gives what it answered. */
  readonly iot: (method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Reply>
  /** Asks for credentials as the device. */
  readonly ask: (asking?: Asking) => Promise<Asked>
}

export interface Asking {
  readonly alias?: string
  readonly thing?: string
  /** The server name; default: the account's endpoint. */
  readonly name?: string
  readonly as?: { readonly pem: string; readonly keyPem: string } | undefined
  readonly path?: string
}

export interface Asked {
  readonly status: number
  readonly type: string | undefined
  readonly message: string | undefined
  readonly credentials: Readonly<Record<string, string>>
}

export const devicesTrust = trust({ Service: 'credentials.iot.amazonaws.com' })
export const aliasArn = `arn:aws:iot:us-east-1:${account}:rolealias/sensor`

export async function setDevices(t: TestContext): Promise<DeviceStage> {
  const stage = await setStage(t)
  const { sandbox } = stage
  const iot: DeviceStage['iot'] = (method, path, body, headers = {}) => {
    const text = body === undefined ? '' : JSON.stringify(body)
    const request = {
      method,
      target: path,
      headers: [
        ['Host', new URL(sandbox.endpoint).host],
        ['Content-Length', String(Buffer.byteLength(text))],
        ...Object.entries(headers),
      ] as [string, string][],
    }
    return send(stage, sign(request, { body: text }, sandbox, { region: 'us-east-1', service: 'iot' }, stage.now), text)
  }
  addRole(stage, 'device', devicesTrust, { inline: { all: allow('s3:ListAllMyBuckets', '*') } })
  const made = JSON.parse((await iot('POST', '/keys-and-certificate?setAsActive=true')).text)
  const certificateArn = String(made.certificateArn)
  await iot('POST', '/things/lamp', { attributePayload: { attributes: { floor: '3' } } })
  await iot('PUT', '/things/lamp/principals', undefined, { 'x-amzn-principal': certificateArn })
  await iot('POST', '/policies/lamps', { policyDocument: allow('iot:AssumeRoleWithCertificate', aliasArn) })
  await iot('PUT', '/target-policies/lamps', { target: certificateArn })
  await iot('POST', '/role-aliases/sensor', { roleArn: `arn:aws:iam::${account}:role/device` })
  const { certificate: authority } = await authorityOf(sandbox.cloud)
  const own = { pem: String(made.certificatePem), keyPem: String(made.keyPair.PrivateKey) }
  const [host = '', port] = sandbox.iotCredentialsEndpoint.split(':')
  const ask: DeviceStage['ask'] = ({ alias = 'sensor', thing, name = host, path, ...asking } = {}) => {
    const as = 'as' in asking ? asking.as : own
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(
        {
          ...{ host: '127.0.0.1', port, servername: name, ca: authority, agent: false },
          // The name is checked by SNI at the other side; here it may be a wrong one.
          checkServerIdentity: () => undefined,
          path: path ?? `/role-aliases/${encodeUri(alias)}/credentials`,
          ...(as ? { cert: as.pem, key: as.keyPem } : {}),
          ...(thing === undefined ? {} : { headers: { 'x-amzn-iot-thingname': thing } }),
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (piece: string) => {
            text += piece
          })
          response.on('end', () => {
            const { message, credentials = {} } = JSON.parse(text)
            const type = response.headers['x-amzn-errortype']
            resolve({ status: response.statusCode ?? 0, type: type && String(type), message, credentials })
          })
        },
      )
      sent.on('error', reject)
      sent.end()
    })
  }
  const id = createHash('sha256').update(new X509Certificate(own.pem).raw).digest('hex')
  return Object.assign(stage, { ...own, certificateId: id, certificateArn, authority, iot, ask })
}
