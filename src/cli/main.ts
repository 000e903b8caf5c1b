#!/usr/bin/env node
import { serveWarm } from './warm.ts'

const argv = process.argv.slice(2)
serveWarm(argv, process.env).then(async (served) => {
  process.exitCode = served ?? (await (await import('./program.ts')).run(argv, process.env))
})
