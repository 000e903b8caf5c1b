/**
 * Builds dist/: the constructs as the compiler emits them, and each function of lambda/ as one file of its own in
 * dist/lambda/NAME/, ready to be a Lambda asset. A construct finds it both from src/ and from dist/ under
 * `join(import.meta.dirname, '..', 'dist', 'lambda', NAME)`.
 */
import { execFileSync } from 'node:child_process'
import { globSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const compiler = join(root, '..', 'node_modules', '.bin', 'tsc')
// Made aside and put in place at the end: whoever runs the example meanwhile finds one build or the other.
const fresh = join(root, `dist.${process.pid}`)
execFileSync(compiler, ['-p', 'tsconfig.build.json', '--outDir', fresh], { cwd: root, stdio: 'inherit' })
for (const file of globSync('lambda/*.ts', { cwd: root }).filter((name) => !name.endsWith('.test.ts')))
  await build({
    entryPoints: [join(root, file)],
    outfile: join(fresh, 'lambda', basename(file, '.ts'), 'index.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // With the AWS SDK in it (a tenth of a megabyte zipped): what runs is what was tested, whatever the runtime brings.
    minify: true,
    mainFields: ['module', 'main'],
    logLevel: 'warning',
  })
rmSync(join(root, 'dist'), { recursive: true, force: true })
renameSync(fresh, join(root, 'dist'))
