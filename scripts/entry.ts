import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')

/**
 * Bundles the command's entry, with all that a warm `creds`, `env` or `exec` loads, into one CommonJS file. The verbs
 * stay outside, in cli/ beside it. Gives what went into it.
 */
export const buildEntry = (outfile: string) =>
  build({
    absWorkingDir: root,
    entryPoints: [join(root, 'src', 'cli', 'main.ts')],
    outfile,
    bundle: true,
    minify: true,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    logLevel: 'warning',
    plugins: [
      {
        name: 'leave the verbs to the compiler',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^\.\/program\.ts$/ }, () => ({ path: './cli/program.js', external: true })),
      },
    ],
  })
