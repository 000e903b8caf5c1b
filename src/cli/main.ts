#!/usr/bin/env node
import { serveWarm } from './warm.ts'

const argv = process.argv.slice(2)
serveWarm(argv, process.env).then(async (served) => {
  // Everything is written by now, and taking Node apart in order would cost a tenth of the call.
  if (served !== undefined) process.exit(served)
  process.exitCode = await (await import('./program.ts')).run(argv, process.env)
})
