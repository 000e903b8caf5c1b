const hidden = new Set([
  'secretaccesskey',
  'tokencode',
  'password',
  'newpassword',
  'oldpassword',
  'passwordhash',
  'base32stringseed',
  'qrcodepng',
  'authenticationcode1',
  'authenticationcode2',
  'secretstring',
  'secretbinary',
  'privatekey',
  'encodedmessage',
])

/**
 * Members as CloudTrail tells them: names in lowerCamel, instants in its American spelling, passwords, codes, seeds and
 * secret keys left out. The session token stays, as at AWS: alone it opens nothing. See "CloudTrail record contents".
 */
export function trailElements(members: object): Record<string, unknown> {
  const told: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(members))
    if (value !== undefined && !hidden.has(name.toLowerCase())) told[lowerCamel(name)] = element(value)
  return told
}

function element(value: unknown): unknown {
  if (value instanceof Date) return americanTime(value)
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (Array.isArray(value)) return value.map(element)
  return typeof value === 'object' && value !== null ? trailElements(value) : value
}

const lowerCamel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Jul 18, 2014 4:07:39 PM`, in UTC. */
export function americanTime(at: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0')
  const hour = at.getUTCHours()
  const day = `${months[at.getUTCMonth()]} ${at.getUTCDate()}, ${at.getUTCFullYear()}`
  const clock = `${hour % 12 === 0 ? 12 : hour % 12}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
  return `${day} ${clock} ${hour < 12 ? 'AM' : 'PM'}`
}
