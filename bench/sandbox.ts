import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { startSandbox } from '../src/sandbox/index.ts'
import type { WireRequest } from '../src/wire/message.ts'
import { sign } from '../src/wire/sigv4/sign.ts'
import { type Figure, median } from './figure.ts'

const body = 'Action=GetCallerIdentity&Version=2011-06-15'

/** How many signed calls a second the sandbox answers, against a bare node:http server that answers a constant. */
export async function run(): Promise<Figure[]> {
  const sandbox = await startSandbox({ now: () => new Date(), randomBytes })
  const bare = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'Content-Length': '2' }).end('ok'))
  })
  await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', () => resolve()))
  const barePort = (bare.address() as AddressInfo).port
  const port = Number(new URL(sandbox.endpoint).port)
  const ours: number[] = []
  const floor: number[] = []
  // In turns, so that whatever else the machine does falls on both.
  for (let round = 0; round < 3; round++) {
    floor.push(await load(barePort, asBytes(signedCall(sandbox, barePort))))
    ours.push(await load(port, asBytes(signedCall(sandbox, port))))
  }
  bare.closeAllConnections()
  bare.close()
  await sandbox.close()
  const rate = median(ours)
  return [
    { name: 'GetCallerIdentity, signed, 16 connections', value: rate, unit: 'requests/s' },
    {
      name: 'GetCallerIdentity against a bare node:http server',
      value: rate / median(floor),
      unit: '×',
      note: `the bare server: ${Math.round(median(floor)).toLocaleString('en')} requests/s`,
    },
  ]
}

function signedCall(
  key: { readonly accessKeyId: string; readonly secretAccessKey: string },
  port: number,
): WireRequest {
  const request: WireRequest = {
    method: 'POST',
    target: '/',
    headers: [
      ['Host', `127.0.0.1:${port}`],
      ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'],
      ['Content-Length', String(body.length)],
      ['User-Agent', 'bench'],
    ],
  }
  return sign(request, { body }, key, { region: 'us-east-1', service: 'sts' }, new Date())
}

const asBytes = ({ method, target, headers }: WireRequest): Uint8Array =>
  Buffer.from(
    `${method} ${target} HTTP/1.1\r\n${headers.map((header) => header.join(': ')).join('\r\n')}\r\n\r\n${body}`,
  )

function load(port: number, bytes: Uint8Array): Promise<number> {
  const workerData = { port, requests: [bytes], connections: 16, milliseconds: 1000 }
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./load.ts', import.meta.url), { workerData })
    worker.once('error', reject)
    worker.once('message', ({ rate, refused }: { readonly rate: number; readonly refused: number }) =>
      refused > 0 ? reject(new Error(`${refused} calls were refused`)) : resolve(rate),
    )
  })
}
