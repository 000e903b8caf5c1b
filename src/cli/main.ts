#!/usr/bin/env node
import { serveWarm } from './warm.ts'

const argv = process.argv.slice(2)
process.exitCode = (await serveWarm(argv, process.env)) ?? (await (await import('./program.ts')).run(argv, process.env))
