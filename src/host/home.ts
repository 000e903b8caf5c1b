/** The user's home directory. Node is asked only where HOME is not set: its module would cost every warm call. */
export const homeOf = (env: Readonly<Record<string, string | undefined>>): string =>
  env.HOME || process.getBuiltinModule('node:os').homedir()
