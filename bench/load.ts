/** A worker that asks the same things in turn over keep-alive connections, and tells how often it was answered. */
import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

interface Load {
  readonly port: number
  /** The requests as they go over the wire. */
  readonly requests: readonly Uint8Array[]
  readonly connections: number
  readonly milliseconds: number
}

const { port, requests, connections, milliseconds } = workerData as Load
let answered = 0
let refused = 0
let measuring = false
let asked = 0
const next = (): Uint8Array => requests[asked++ % requests.length] ?? new Uint8Array()

for (let count = 0; count < connections; count++) {
  const socket = connect(port, '127.0.0.1')
  let held: Buffer = Buffer.alloc(0)
  socket.on('connect', () => socket.write(next()))
  socket.on('data', (piece: Buffer) => {
    held = held.length === 0 ? piece : Buffer.concat([held, piece])
    const end = held.indexOf('\r\n\r\n')
    if (end < 0) return
    const length = Number(/content-length: (\d+)/i.exec(held.toString('latin1', 0, end))?.[1] ?? 0)
    if (held.length < end + 4 + length) return
    if (measuring && held.toString('latin1', 9, 11) === '20') answered++
    else if (measuring) refused++
    held = Buffer.alloc(0)
    socket.write(next())
  })
}

// What is not warm yet is not measured.
setTimeout(() => {
  measuring = true
  setTimeout(() => {
    parentPort?.postMessage({ rate: answered / (milliseconds / 1000), refused })
    process.exit()
  }, milliseconds)
}, milliseconds / 2)
