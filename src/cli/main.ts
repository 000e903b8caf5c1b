#!/usr/bin/env node
import { serveWarm } from './warm.ts'

const argv = process.argv.slice(2)
serveWarm(argv, process.env).then(async (served) => {
  // Everything is written by now, and taking Node apart in order would cost a tenth of the call.
  if (served !== undefined) process.exit(served)
  // Who reads us may stop reading (`| head`): that is no fault of anybody's, and the status is the signal's for it.
  process.stdout.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit(141)
    throw error
  })
  process.exitCode = await (await import('./program.ts')).run(argv, process.env)
})
