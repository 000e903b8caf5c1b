/** A process that assumes a role as fast as a caller can who signs each call, so many at a time; see `broker.ts`. */
import { callSts } from '../src/sources/sts-call.ts'

interface Asked {
  readonly endpoint: string
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly roleArn: string
  readonly milliseconds: number
  readonly connections: number
}

process.on('message', async ({ endpoint, key, roleArn, milliseconds, connections }: Asked) => {
  const host = { fetch: (request: Request) => fetch(request), now: () => new Date() }
  const target = { region: 'us-east-1', endpoint }
  const params = {
    ...{ RoleArn: roleArn, RoleSessionName: 'ann@example.com-saaaaaaaaaaaaaaaaaa' },
    ...{ SourceIdentity: 'ann@example.com', DurationSeconds: 3600 },
  }
  const begun = performance.now()
  let answered = 0
  const caller = async (): Promise<void> => {
    for (;;) {
      await callSts(host, { action: 'AssumeRole', params, key, target })
      const passed = performance.now() - begun
      if (passed > milliseconds * 1.5) return
      // What is not warm yet is not measured.
      if (passed > milliseconds / 2) answered++
    }
  }
  await Promise.all(Array.from({ length: connections }, caller))
  process.send?.({ rate: answered / (milliseconds / 1000) })
})
