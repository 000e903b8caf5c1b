const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** A new id: a letter that says of what (`s` a session, `r` a request, `v` a revocation, `a` an alert) and ninety random bits. */
export function newId(of: 's' | 'r' | 'v' | 'a', randomBytes: (length: number) => Uint8Array): string {
  let id: string = of
  for (const byte of randomBytes(18)) id += alphabet.charAt(byte & 31)
  return id
}
