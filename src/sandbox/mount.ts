import type { IncomingMessage, ServerResponse } from 'node:http'
import { refuseAtDoor } from './door.ts'
import { Fault } from './fault.ts'

/** A program with an HTTP interface of its own that stands beside the pretended AWS, under a path no bucket can have. */
export interface Mount {
  readonly path: string
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>
}

/** The mount a request is for, once it has passed the same door as every other; undefined when it is for AWS. */
export const mountOf = (mounts: readonly Mount[], { url = '' }: IncomingMessage): Mount | undefined =>
  mounts.find(({ path }) => url === path || url.startsWith(`${path}/`) || url.startsWith(`${path}?`))

/** Lets a mount serve a request; what is refused at the door, or goes wrong, is answered without saying more. */
export async function serveMount(
  mount: Mount,
  request: IncomingMessage,
  response: ServerResponse,
  log: (line: string) => void,
): Promise<void> {
  const refuse = (status: number, text: string): void => {
    if (!response.headersSent) response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' })
    response.end(`${text}\n`)
  }
  try {
    const raw = request.rawHeaders
    const headers = raw.flatMap((name, place): [string, string][] => (place % 2 ? [] : [[name, raw[place + 1] ?? '']]))
    refuseAtDoor({ method: request.method ?? '', target: request.url ?? '', headers })
    await mount.serve(request, response)
  } catch (error) {
    if (error instanceof Fault) return refuse(error.status, error.message)
    log(`${mount.path}: ${JSON.stringify(error instanceof Error ? error.stack : String(error))}`)
    refuse(500, 'The request could not be served.')
  }
}
