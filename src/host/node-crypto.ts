/**
 * Node's cryptography, loaded at its first use: that takes a fifth of the time Node itself takes to start, which a verb
 * that has no secrets need not spend. Files of the warm path have it from here; an import would load it with them.
 */
export const nodeCrypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto')
