/**
 * Builds dist/: the library and the verbs as the compiler emits them, and the command's entry as one CommonJS file. A
 * warm `creds`, `env` or `exec` runs at every call of every tool, and loading two dozen ES modules would cost it more
 * than all it does. `npm run bench -- creds` measures it. Then dashboard/dist: the page that the broker serves.
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildEntry } from './entry.ts'

const root = join(import.meta.dirname, '..')
rmSync(join(root, 'dist'), { recursive: true, force: true })
execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
await buildEntry(join(root, 'dist', 'mayfly.cjs'))
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
execFileSync(process.execPath, [vite, 'build', 'dashboard', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' })
