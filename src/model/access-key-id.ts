const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * The account an access key id (or any IAM unique id) was made for, read from the id itself; undefined for ids of the
 * old generation and for ids AWS cannot have made.
 */
export function accountOfKeyId(id: string): string | undefined {
  if (!/^[A-Z2-7]{16,}$/.test(id) || alphabet.indexOf(id.charAt(4)) < 16) return undefined
  let bits = 0
  for (const symbol of id.slice(4, 13)) bits = bits * 32 + alphabet.indexOf(symbol)
  const account = Math.floor((bits % 2 ** 44) / 16)
  return account < 1e12 ? String(account).padStart(12, '0') : undefined
}

/** Whether an access key id is of a key that never expires; those of sessions begin with `ASIA`. */
export const isPermanentKeyId = (id: string): boolean => id.startsWith('AKIA')

/**
 * Makes an IAM unique id (`AKIA…`, `ASIA…`, `AIDA…`, `AROA…`) that carries its account as AWS's do.
 * `random` gives a number in [0, 1); `length` is 20 for keys and 21 for the others.
 */
export function makeUniqueId(prefix: string, accountId: string, random: () => number): string {
  const length = prefix === 'AKIA' || prefix === 'ASIA' ? 20 : 21
  let bits = 2 ** 44 + Number(accountId) * 16 + Math.floor(random() * 16)
  let body = ''
  for (let place = 0; place < 9; place++) {
    body = alphabet.charAt(bits % 32) + body
    bits = Math.floor(bits / 32)
  }
  while (prefix.length + body.length < length) body += alphabet.charAt(Math.floor(random() * 32))
  return prefix + body
}
