import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import type { Authorize } from '../authorize.ts'
import { wholeBody } from '../body.ts'
import { authorityLifetime, authorityOf, ecdsa, keyText } from '../certificates/authority.ts'
import { certify } from '../certificates/issue-certificate.ts'
import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { logCall } from '../log-call.ts'
import { makeCall, newTrail } from '../make-call.ts'
import { refuseJson } from '../rest-json-service.ts'
import type { Answer, Inside } from '../service.ts'
import { toTheSecond } from '../service-session.ts'
import { issueDeviceSession } from './device-session.ts'
import { type CredentialsHost, iotTables } from './state.ts'

export interface DeviceDoor {
  readonly cloud: Cloud
  /** `http://127.0.0.1:port` of the sandbox itself. */
  readonly endpoint: () => string
  readonly authorize: Authorize
  readonly inside: Inside
  readonly log: (line: string) => void
}

export interface DeviceListener {
  readonly port: number
  readonly close: () => Promise<void>
}

/**
 * Listens on 127.0.0.1 for devices that ask for credentials with their certificate, over TLS with server names (SNI):
 * a name that is no account's endpoint, or none, ends the handshake. The server's own certificate is from the
 * sandbox's authority and made when first needed.
 */
export function listenForDevices(door: DeviceDoor): Promise<DeviceListener> {
  const { hosts, listener } = iotTables(door.cloud)
  const contexts = new Map<string, Promise<SecureContext>>()
  const contextFor = (host: string): Promise<SecureContext> => {
    const made = contexts.get(host) ?? serverContext(door.cloud, host)
    contexts.set(host, made)
    return made
  }
  const server = createServer({
    minVersion: 'TLSv1.2',
    requestCert: true,
    // Whoever issued it: what counts is whether it is registered, which only the account knows.
    rejectUnauthorized: false,
    SNICallback: (name, done) => {
      const known = hosts.get(name.toLowerCase())
      if (!known) return done(new Error(`no account has the endpoint ${JSON.stringify(name)}`))
      contextFor(known.host).then((context) => done(null, context), done)
    },
    headersTimeout: 10_000,
    requestTimeout: 20_000,
    maxHeaderSize: 16 * 1024,
  })
  server.on('request', (request, response) => answerTo(door, request, response))
  return new Promise((resolve, reject) => {
    // Where it was before, if that is free: devices keep the address they were given.
    const before = listener.get('port')?.port
    let fails = (error: Error): void => {
      fails = reject
      if (before !== undefined && 'code' in error && error.code === 'EADDRINUSE') server.listen(0, '127.0.0.1')
      else reject(error)
    }
    server.on('error', (error) => fails(error))
    server.once('listening', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      listener.put('port', { port })
      resolve({ port, close: () => close() })
    })
    server.listen(before ?? 0, '127.0.0.1')
  })
  function close(): Promise<void> {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(() => resolve()))
  }
}

async function serverContext(cloud: Cloud, host: string): Promise<SecureContext> {
  const keys = await crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])
  const subject = { commonName: 'Mayfly sandbox', organizationalUnits: [], dns: [host], uris: [] }
  const made = await certify(cloud, { ...subject, ...authorityLifetime, publicKey: keys.publicKey, isServer: true })
  const { certificate } = await authorityOf(cloud)
  return createSecureContext({ cert: `${made.toString()}${certificate}`, key: await keyText(keys.privateKey) })
}

function answerTo(door: DeviceDoor, request: IncomingMessage, response: ServerResponse): void {
  const { status, headers, body } = serveDevice(door, request)
  response.writeHead(status, headers)
  response.end(body)
  request.resume()
}

function serveDevice({ cloud, endpoint, authorize, inside, log }: DeviceDoor, request: IncomingMessage): Answer {
  const id = randomUUID()
  const at = cloud.now()
  const headers = Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value) => [name, value] as const),
  )
  const incoming = {
    request: { method: request.method ?? '', target: request.url ?? '', headers },
    source: request,
    sourceIp: request.socket.remoteAddress ?? '',
  }
  const trail = newTrail()
  const parts = { id, at, cloud, endpoint: endpoint(), incoming, authorize, trail, inside }
  const call = makeCall(parts, { body: wholeBody(new Uint8Array()) })
  const stamp = { 'x-amzn-RequestId': id, Date: at.toUTCString() }
  const asFault = (error: unknown): Fault => {
    if (error instanceof Fault) return error
    log(`request ${id}: ${JSON.stringify(error instanceof Error ? error.stack : String(error))}`)
    return new Fault('InternalFailureException', 500, 'Internal failure')
  }
  let answer: Answer
  let fault: Fault | undefined
  try {
    const socket = request.socket instanceof TLSSocket ? request.socket : undefined
    const host = iotTables(cloud).hosts.get(String(socket?.servername).toLowerCase())
    if (!socket || !host) throw new Fault('InternalFailureException', 500, 'no server name')
    answer = json(grant(call, host, request, socket))
  } catch (error) {
    fault = asFault(error)
    answer = refuseJson(fault)
  }
  try {
    logCall(call, trail, { service: 'iot', status: answer.status, ...(fault ? { fault } : {}) })
    cloud.store.flush()
  } catch (error) {
    answer = refuseJson(asFault(error))
  }
  return { ...answer, headers: { ...answer.headers, ...stamp } }
}

function grant(
  call: ReturnType<typeof makeCall>,
  host: CredentialsHost,
  request: IncomingMessage,
  socket: TLSSocket,
): object {
  const alias = /^\/role-aliases\/([\w=,@%-]{1,384})\/credentials$/.exec(call.path)?.[1]
  const certificate = socket.getPeerX509Certificate()
  const named = request.headers['x-amzn-iot-thingname']
  call.note({
    operation: 'AssumeRoleWithCertificate',
    readOnly: false,
    vouched: {
      accountId: host.accountId,
      userIdentity: { type: 'AWSService', invokedBy: 'credentials.iot.amazonaws.com' },
    },
    requestParameters: { roleAlias: alias ?? null, thingName: named ?? null },
  })
  if (request.method !== 'GET' || alias === undefined) throw new Fault('ResourceNotFoundException', 404, 'Not Found')
  const thingName = named === undefined ? undefined : String(named)
  const issued = issueDeviceSession(call, host, decoded(alias), { certificate, thingName })
  return {
    credentials: {
      accessKeyId: issued.AccessKeyId,
      secretAccessKey: issued.SecretAccessKey,
      sessionToken: issued.SessionToken,
      expiration: toTheSecond(issued.Expiration),
    },
  }
}

function decoded(alias: string): string {
  try {
    return decodeURIComponent(alias)
  } catch {
    return alias
  }
}

const json = (body: object): Answer => ({
  status: 200,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  body: JSON.stringify(body),
})
